// SPDX-License-Identifier: MIT
// A child by its pidfd: to signal it, to learn its end, and to bury those that take too long.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/io/exit_status.hpp>

#include <optional>

namespace tridem::detail {

/// Takes the status of a child that has ended; empty while it runs. Where somebody else took it
/// (SIGCHLD ignored, a foreign wait for any child), the kernel is asked for it from Linux 6.15 on;
/// before, an unknown status comes.
[[nodiscard]] std::optional<exit_status> try_reap(int pidfd) noexcept;

/// Sends a signal to the process; never to another that got its number. Returns 0 or an errno.
[[nodiscard]] int send_signal(int pidfd, int signal) noexcept;

/// Sends it to all processes of the group that the process leads, or led. Returns 0 or an errno.
[[nodiscard]] int send_signal_to_group(int pidfd, int pid, int signal) noexcept;

/// Waits for a child that was killed, at most a second; one that takes longer, because it waits for
/// a disk or gives back very much memory, is reaped by a later call of this or of `reap_buried`.
void bury(descriptor pidfd) noexcept;
/// Reaps those that have ended meanwhile.
void reap_buried() noexcept;

}  // namespace tridem::detail
