// SPDX-License-Identifier: MIT
// A pipe that nobody writes to: its end of file is the death of the process at its other end.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace tridem::detail {

/// Lets the kernel send `signal` to process `owner` when the other end of the pipe is closed.
///
/// Needs no thread, reaches a process that is stopped or loops, and cannot be blocked if the signal
/// is SIGKILL. Source: F_SETSIG and O_ASYNC in fcntl(2); pipe_release() calls kill_fasync().
inline bool arm_lifeline(int read_end, int signal, int owner = ::getpid()) noexcept {
  const int flags = ::fcntl(read_end, F_GETFL);
  return flags >= 0 && ::fcntl(read_end, F_SETSIG, signal) == 0 &&
         ::fcntl(read_end, F_SETOWN, owner) == 0 &&
         ::fcntl(read_end, F_SETFL, flags | O_ASYNC) == 0;
}

/// True if the other end was closed already, perhaps before the signal was asked for.
inline bool lifeline_is_cut(int read_end) noexcept {
  ::pollfd look{read_end, 0, 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

}  // namespace tridem::detail
