// SPDX-License-Identifier: MIT
// What a new process does between clone and exec, in the memory of its parent.
#pragma once

#include <sched.h>
#include <span>
#include <sys/types.h>

namespace tridem::detail {

/// What the child was doing when it failed.
enum class spawn_step : unsigned char {
  none,
  new_session,
  new_group,
  die_with_parent,
  change_directory,
  descriptors,
  execute,
};

/// Everything that the child needs, made ready by the parent: the child allocates nothing.
struct spawn_plan {
  const char* const* candidates;     ///< Paths to execute, the first that exists; ends with null.
  char* const* arguments;            ///< Ends with null.
  char* const* environment;          ///< Ends with null.
  const char* directory;             ///< Null: this one.
  std::span<const int> descriptors;  ///< Become 0, 1, 2, ...; all above that range.
  const ::cpu_set_t* affinity;       ///< Null: that of the thread.
  pid_t parent;
  bool new_session;
  bool new_group;
  bool die_with_parent;

  spawn_step failed_at = spawn_step::none;  ///< The answer, and its errno.
  int error = 0;
};

/// The function of the child, for clone(2) with CLONE_VM and CLONE_VFORK and all signals blocked;
/// `plan` is a spawn_plan. Does not return when all went well.
int run_spawn_plan(void* plan) noexcept;

}  // namespace tridem::detail
