// SPDX-License-Identifier: MIT
// What a thread is doing, as the kernel sees it: computing, blocked and in what, or merely waiting
// for a processor.
#pragma once

#include <tridem/runtime/time.hpp>

#include <string>
#include <thread>

namespace tridem::detail {

/// A thread of this process, by both of its names.
struct thread_identity {
  std::thread::native_handle_type handle{};
  int id = 0;  ///< As in /proc/self/task.

  [[nodiscard]] static thread_identity of_this_thread() noexcept;
};

/// Two of these, taken one after the other, say what a thread did in between.
struct thread_activity {
  /// As in /proc/<pid>/stat: 'R' computes or waits for a processor, 'S' and 'D' are blocked, 'T'
  /// and 't' are stopped. '?' when it cannot be known.
  char state = '?';
  duration on_cpu{};   ///< Time spent computing since the thread began.
  duration waiting{};  ///< Time spent waiting for a processor that others had.

  [[nodiscard]] bool is_blocked() const noexcept { return state == 'S' || state == 'D'; }
};

/// Looks at a thread that lives. Source: proc(5), pthread_getcpuclockid(3), and sched-stats in the
/// documentation of the kernel.
[[nodiscard]] thread_activity activity_of(const thread_identity& thread) noexcept;

/// How much of `span` the thread spent not coming on by its own doing: it computed or it was
/// blocked. Not counted: waiting for a processor, and being stopped by a debugger or a signal.
///
/// @param span  Real time between `before` and `after`.
[[nodiscard]] duration own_share(const thread_activity& before, const thread_activity& after,
                                 duration span) noexcept;

/// The system call that a thread is blocked in: "read(fd 7, pipe:[4711])". "a system call" when the
/// kernel does not say.
[[nodiscard]] std::string blocked_in(const thread_identity& thread);

}  // namespace tridem::detail
