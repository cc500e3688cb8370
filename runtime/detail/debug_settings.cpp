// SPDX-License-Identifier: MIT
// Options before environment before defaults.
#include <tridem/runtime/detail/debug_settings.hpp>
#include <tridem/runtime/run.hpp>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tridem::detail {
namespace {

#ifdef TRIDEM_DEBUG_BUILD
constexpr bool watches_by_default = true;
#else
constexpr bool watches_by_default = false;
#endif
constexpr duration default_threshold = std::chrono::milliseconds(100);

std::string_view variable(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

[[noreturn]] void refuse(const char* name, std::string_view value, const char* allowed) {
  throw std::invalid_argument(std::string(name) + " is '" + std::string(value) + "'; it must be " +
                              allowed);
}

std::optional<bool> debug_of_environment() {
  const std::string_view value = variable("TRIDEM_DEBUG");
  if (value.empty()) return std::nullopt;
  if (value == "1" || value == "on") return true;
  if (value == "0" || value == "off") return false;
  refuse("TRIDEM_DEBUG", value, "1 or 0");
}

std::optional<std::uint64_t> seed_of_environment() {
  const std::string_view value = variable("TRIDEM_SEED");
  if (value.empty()) return std::nullopt;
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seed);
  if (error != std::errc() || end != value.data() + value.size()) {
    refuse("TRIDEM_SEED", value, "a number from 0 to 2^64 - 1");
  }
  return seed;
}

std::optional<duration> watchdog_of_environment() {
  const std::string_view value = variable("TRIDEM_WATCHDOG");
  if (value.empty()) return std::nullopt;
  const duration span = parse_span(value.data());
  if (span < duration::zero()) refuse("TRIDEM_WATCHDOG", value, "a span as 100ms or 2s, or off");
  return span;
}

// One for the process, so that its one line of announcement is true for all of its loops. Small
// enough to be typed.
std::uint64_t seed_of_this_process() {
  static const std::uint64_t seed = std::random_device{}();
  return seed;
}

}  // namespace

duration parse_span(const char* text) noexcept {
  constexpr duration unreadable(-1);
  if (std::strcmp(text, "off") == 0) return duration::zero();
  const char* const end = text + std::strlen(text);
  long value = 0;
  const auto [unit, error] = std::from_chars(text, end, value);
  // Beyond a day nothing is watched, and no product below can be too large.
  if (error != std::errc() || value < 0 || value > 86'400'000'000) return unreadable;
  if (std::strcmp(unit, "us") == 0) return std::chrono::microseconds(value);
  if (std::strcmp(unit, "ms") == 0 && value <= 86'400'000) return std::chrono::milliseconds(value);
  if (std::strcmp(unit, "s") == 0 && value <= 86'400) return std::chrono::seconds(value);
  return value == 0 && *unit == '\0' ? duration::zero() : unreadable;
}

debug_settings debug_settings_of(const run_options& options) {
  debug_settings settings;
  settings.is_on = options.debug ? *options.debug : debug_of_environment().value_or(false);
  if (settings.is_on) {
    std::optional<std::uint64_t> seed = options.debug_seed;
    if (!seed) seed = seed_of_environment();
    settings.seed = seed ? *seed : seed_of_this_process();
  }
  std::optional<duration> watchdog = options.watchdog;
  if (!watchdog) watchdog = watchdog_of_environment();
  if (!watchdog && (settings.is_on || watches_by_default)) watchdog = default_threshold;
  if (watchdog && *watchdog > duration::zero()) settings.watchdog = *watchdog;
  return settings;
}

}  // namespace tridem::detail
