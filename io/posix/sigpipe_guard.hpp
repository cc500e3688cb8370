// SPDX-License-Identifier: MIT
// Writing to a pipe that nobody reads must be an error, not the end of the process.
#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>
#include <signal.h>

namespace tridem::detail {

/// Holds SIGPIPE back in this thread from the first `engage` until its end, and eats one that a
/// write of ours raised.
///
/// Two system calls for all writes of a turn; a process that ignores SIGPIPE, or has it blocked,
/// sees no difference.
class sigpipe_guard {
 public:
  sigpipe_guard() = default;
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

  ~sigpipe_guard() {
    if (!engaged_ || was_blocked_) return;
    ::pthread_sigmask(SIG_UNBLOCK, &sigpipe(), nullptr);
  }

  void engage() noexcept {
    if (engaged_) return;
    engaged_ = true;
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &sigpipe(), &before);
    was_blocked_ = sigismember(&before, SIGPIPE) == 1;
    if (!was_blocked_) return;
    // One that is pending already is the program's own.
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }

  /// To be called after each EPIPE, and wherever a write may have raised one unseen.
  void swallow() noexcept {
    if (was_pending_) return;
    const timespec at_once{};
    while (::sigtimedwait(&sigpipe(), nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }

 private:
  static const sigset_t& sigpipe() noexcept {
    static const sigset_t only = [] {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGPIPE);
      return set;
    }();
    return only;
  }

  bool engaged_ = false;
  bool was_blocked_ = false;
  bool was_pending_ = false;
};

}  // namespace tridem::detail
