// SPDX-License-Identifier: MIT
// Starts another program: a child that shares this process's memory until it executes, so that
// nothing is copied and no lock is inherited. The parent's half; the child's is spawn_child.hpp.
#pragma once

#include <tridem/io/descriptor.hpp>

#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tridem::detail {

struct spawn_request {
  std::span<const std::string> words;    ///< The program and its arguments; at least one.
  std::string directory;                 ///< Empty: this one.
  std::vector<std::string> environment;  ///< NAME=value, all of it.
  std::span<const int> descriptors;      ///< Become 0, 1, 2, ...; -1 stands for /dev/null.
  bool new_group = false;                ///< It leads a group of its own.
  bool new_session = false;              ///< It leads a session of its own.
  bool die_with_parent = false;          ///< SIGKILL when this thread ends.
};

struct spawned {
  pid_t pid = 0;
  descriptor pidfd;
};

/// Starts the program. No signal is blocked or ignored in it, no other descriptor is open, and it
/// runs on the CPUs of this process's main thread, whatever this thread is bound to.
///
/// Errors:  std::system_error that names the step that failed, its object, and what to do.
/// Cost:    blocks this thread until the kernel has loaded the program: about 0.5 ms from the page
///          cache, whatever the size of this process.
/// Source:  clone(2) with CLONE_VFORK and CLONE_PIDFD, Linux 5.2.
[[nodiscard]] spawned spawn(const spawn_request& request);

/// The environment of this process, changed: NAME=value replaces or adds, a bare NAME takes away.
[[nodiscard]] std::vector<std::string> changed_environment(std::span<const std::string> changes,
                                                           bool inherit);

}  // namespace tridem::detail
