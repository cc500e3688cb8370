// SPDX-License-Identifier: MIT
// What debug mode and the watchdog are set to for one loop, when options and environment have had
// their say.
#pragma once

#include <tridem/runtime/time.hpp>

#include <cstdint>

namespace tridem {
struct run_options;
}

namespace tridem::detail {

struct debug_settings {
  bool is_on = false;      ///< Debug mode.
  std::uint64_t seed = 0;  ///< Of the shuffle; of no meaning when debug mode is off.
  duration watchdog{};     ///< How long a turn may last; zero when nobody watches.
};

/// What `options` say, else the environment, else the defaults.
///
/// Errors: std::invalid_argument when TRIDEM_DEBUG, TRIDEM_SEED or TRIDEM_WATCHDOG cannot be read.
[[nodiscard]] debug_settings debug_settings_of(const run_options& options);

/// The span that `text` says: "100ms", "2s", "500us", "0" or "off"; negative when it says none.
[[nodiscard]] duration parse_span(const char* text) noexcept;

}  // namespace tridem::detail
