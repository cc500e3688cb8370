// SPDX-License-Identifier: MIT
// Debug mode of one loop: what it does differently, and what it looks for.
#pragma once

#include <tridem/runtime/detail/debug_settings.hpp>
#include <tridem/runtime/detail/ready_queue.hpp>
#include <tridem/runtime/detail/shuffle.hpp>
#include <tridem/runtime/time.hpp>

#include <cstdint>
#include <set>
#include <utility>

namespace tridem {
class event_loop;
}

namespace tridem::detail {

class strand;
class promise_base;

/// Made and destroyed by its loop. While it lives, frames that this thread frees stay in
/// quarantine.
class loop_debug {
 public:
  loop_debug(event_loop& loop, const debug_settings& settings);
  loop_debug(const loop_debug&) = delete;
  loop_debug& operator=(const loop_debug&) = delete;
  ~loop_debug();

  /// What is to be resumed next.
  [[nodiscard]] ready_node& take(ready_queue& ready) noexcept { return shuffle_.take(ready); }

  /// Nothing is ready: tells of strands that are suspended although nothing will ever resume them.
  /// Each is told once. Bounded to a small share of the time of a loop with many tasks.
  void look_for_lost_strands();

 private:
  void look_at(const strand& line);
  void tell_lost(const strand& line);

  event_loop& loop_;
  const std::uint32_t serial_;
  shuffle shuffle_;
  std::set<std::pair<const strand*, const promise_base*>> told_;
  time_point look_again_{};
};

}  // namespace tridem::detail
