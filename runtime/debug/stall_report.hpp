// SPDX-License-Identifier: MIT
// The words in which a stall is told, and a bound on how many there are.
#pragma once

#include "runtime/debug/stall_sample.hpp"

#include <tridem/runtime/time.hpp>

#include <string>

namespace tridem::detail {

/// A turn that lasts too long, as far as it is known by now.
struct stall {
  std::string thread_name;
  duration lasted{};
  /// What the thread is blocked in; empty when it computes.
  std::string blocked_in;
  /// Null when the thread did not answer.
  const stall_sample* sample = nullptr;
  /// It was told before, and goes on.
  bool told_before = false;
};

/// The whole report, with its final line break.
[[nodiscard]] std::string stall_text(const stall& what);
/// The line that closes it.
[[nodiscard]] std::string end_of_stall_text(const std::string& thread_name, duration lasted);

/// Lets a few reports through, then one every ten seconds, and counts the others.
class report_budget {
 public:
  static constexpr int reports_at_once = 8;
  static constexpr duration refill = std::chrono::seconds(10);

  /// True when a report may be made at `now`.
  [[nodiscard]] bool allows(time_point now) noexcept;
  /// How many were held back since this was last asked.
  [[nodiscard]] int take_held_back() noexcept;

 private:
  int left_ = reports_at_once;
  int held_back_ = 0;
  time_point refilled_{};
};

}  // namespace tridem::detail
