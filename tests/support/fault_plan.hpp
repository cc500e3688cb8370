// SPDX-License-Identifier: MIT
// What goes wrong, and how often, in a ring that fails on purpose; all of it follows from a seed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>

namespace tridem::test {

/// Each number is a chance in 1000, of one request or of one call.
struct fault_plan {
  std::uint64_t seed = 1;

  // What a driver hides from its users.
  unsigned refused_enter = 0;           ///< An enter that does nothing: EBUSY, EAGAIN or EINTR.
  unsigned full_queue = 0;              ///< No room for a request, although there is.
  unsigned late = 0;                    ///< A completion that comes one to three looks later.
  unsigned reordered = 0;               ///< Completions that were there together, in another order.
  unsigned interrupted = 0;             ///< EINTR, before anything was done.
  unsigned not_now = 0;                 ///< EAGAIN, likewise.
  unsigned closed_but_interrupted = 0;  ///< A close that has closed, and says EINTR.
  unsigned ended = 0;                   ///< A multishot request of the driver that ends.

  // What users are told of.
  unsigned cut_short = 0;  ///< A transfer of fewer bytes than there was room for.
  unsigned failed = 0;     ///< EIO, ENOMEM, ENOBUFS or ECANCELED, before anything was done.

  // What nothing can mend.
  unsigned lost_completion = 0;  ///< EBADR from an enter.

  /// All that users must not notice.
  [[nodiscard]] static constexpr fault_plan hidden(std::uint64_t seed) noexcept {
    return {.seed = seed,
            .refused_enter = 100,
            .full_queue = 50,
            .late = 200,
            .reordered = 300,
            .interrupted = 100,
            .not_now = 100,
            .closed_but_interrupted = 200,
            .ended = 300};
  }
  /// Everything at once.
  [[nodiscard]] static constexpr fault_plan everything(std::uint64_t seed) noexcept {
    fault_plan plan = hidden(seed);
    plan.cut_short = 300;
    plan.failed = 50;
    return plan;
  }

  /// `hidden`, with the seed in TRIDEM_TEST_FAULTS; none without this variable.
  [[nodiscard]] static std::optional<fault_plan> of_environment() noexcept {
    const char* const seed = std::getenv("TRIDEM_TEST_FAULTS");
    if (seed == nullptr || *seed == '\0') return std::nullopt;
    return hidden(std::strtoull(seed, nullptr, 10));
  }
};

}  // namespace tridem::test
