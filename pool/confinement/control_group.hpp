// SPDX-License-Identifier: MIT
// Control groups: one for each worker that has a limit of memory or processes, removed after it.
//
// The worker makes the group below the one it was started in, and enters it; the fork server, which
// is in that one still, reads what became of it and removes it. Both versions of the kernel's
// interface, wherever this user may make groups. Source: cgroups(7).
#pragma once

#include "pool/confinement/group_home.hpp"

#include <cstdint>
#include <sys/types.h>

namespace tridem::detail {

/// Moves this process, a worker, into a group of its own that may use `most` bytes of memory.
///
/// What was allocated before is not counted. Errors: std::system_error, with the place and the
/// cause.
void limit_memory_by_group(std::uint64_t most);
/// The same for processes and threads. (controller pids)
void limit_processes_by_group(std::uint64_t most);

/// What a fork server does about the groups of its workers.
class worker_groups {
 public:
  explicit worker_groups(pid_t server);

  /// Removes the groups of a worker that has ended. True if the kernel has ended a process in them
  /// for lack of memory.
  [[nodiscard]] bool forget(pid_t worker);
  /// Removes what servers have left behind that were killed, as far as it is empty.
  void sweep() noexcept;

 private:
  pid_t server_;
  group_home memory_;
  group_home processes_;
};

}  // namespace tridem::detail
