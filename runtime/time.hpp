// SPDX-License-Identifier: MIT
// The words for time: one clock for all loops, real or virtual.
#pragma once

#include <chrono>

namespace tridem {

/// Monotonic time of a loop. Its values come from the loop's driver, so that time is virtual in
/// simulation.
using clock = std::chrono::steady_clock;
/// An instant of `clock`; resolution one nanosecond.
using time_point = clock::time_point;
/// A span of time; negative spans count as zero wherever a wait is asked for.
using duration = clock::duration;

/// The instant that never comes: "no deadline".
inline constexpr time_point never = time_point::max();

namespace detail {

/// `now + span` without overflow: what is too far away is `never`.
[[nodiscard]] constexpr time_point after(time_point now, duration span) noexcept {
  if (span <= duration::zero()) return now;
  return span >= never - now ? never : now + span;
}

}  // namespace detail

}  // namespace tridem
