// SPDX-License-Identifier: MIT
// Counts what a process holds of the system: descriptors, processes, threads, shared memory.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace tridem::test {

/// Everything that this process holds at one moment, each thing as a line that names it.
struct census {
  std::set<std::string> descriptors;
  std::set<std::string> processes;
  std::set<std::string> threads;
  std::set<std::string> shared_memory;

  /// Looks through /proc. Call `mark_descendants` once before anything is spawned.
  static census take();

  /// Puts a mark into the environment by which `take` knows descendants, whoever their parent is
  /// now.
  static void mark_descendants();

  /// What `after` has and `before` has not ("left: ..."), and descriptors that went ("gone: ...").
  static std::vector<std::string> difference(const census& before, const census& after);
};

}  // namespace tridem::test
