// SPDX-License-Identifier: MIT
// Signals as something to await: Ctrl-C, SIGTERM, SIGHUP.
#pragma once

#include <tridem/io/detail/io_object.hpp>
#include <tridem/runtime/task.hpp>

#include <cstdint>
#include <initializer_list>

namespace tridem {

/// Takes delivery of signals while it lives: they no longer end the process, `wait` gives them.
///
/// The signals are blocked in the thread that makes the set, and at its end unblocked again, those
/// that it found unblocked. A signal to the process goes to any thread that does not block it, so
/// make the set before starting threads that do not block signals themselves (tridem's own do). A
/// signal that is pending when the set ends then acts as it would have without it.
///
/// Threads: the loop's thread, on which it is also destroyed. Sets may be nested, innermost ends
/// first.
class signal_set {
 public:
  /// @param signals  Numbers from <csignal>: SIGINT, SIGTERM, ... not SIGKILL and SIGSTOP, which no
  /// one can take. Errors: std::system_error (not a signal, too many open files).
  explicit signal_set(std::initializer_list<int> signals);
  signal_set(const signal_set&) = delete;
  signal_set& operator=(const signal_set&) = delete;
  ~signal_set();

  /// Waits for one of the signals and gives its number. The same signal sent several times before
  /// it was taken counts once, as everywhere in the system.
  ///
  /// Errors:        bad_file_descriptor after close().
  /// Cancellation:  prompt; a signal that was taken already is delivered.
  /// Cost:          one frame, one submission.
  /// Source:        signalfd(2).
  [[nodiscard]] task<int> wait();

  /// Ends a pending wait with an error (operation_canceled). Errors, Cancellation: none.
  [[nodiscard]] task<> close() { return object_.close(); }

 private:
  detail::io_object object_;
  std::uint64_t newly_blocked_ = 0;  // bit n - 1 is signal n
};

}  // namespace tridem
