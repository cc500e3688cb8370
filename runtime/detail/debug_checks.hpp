// SPDX-License-Identifier: MIT
// What debug mode checks in places that every program passes: one load and a branch while no loop
// is in debug mode.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>

namespace tridem::detail {

/// How many loops of this process are in debug mode.
extern constinit std::atomic<int> loops_in_debug_mode;

/// Some loop of this process is in debug mode. Threads: any.
[[nodiscard]] inline bool debug_mode() noexcept {
  return loops_in_debug_mode.load(std::memory_order_relaxed) != 0;
}

/// The loop that an event, a lock or a queue is used on: the first one, while that lives. For
/// objects that do not know their loop, and are found out only when somebody waits for them.
class thread_home {
 public:
  /// In debug mode: aborts, naming both threads, when the object is at home on another thread's
  /// loop.
  void check(const char* what) noexcept {
    if (debug_mode()) [[unlikely]]
      check_slowly(what);
  }

 private:
  void check_slowly(const char* what) noexcept;

  std::uint32_t serial_ = 0;  // of the loop; 0 while it has none
};

/// Destroys the frame of a task that was never awaited; debug mode says so.
void drop_unawaited(std::coroutine_handle<> frame) noexcept;

}  // namespace tridem::detail
