// SPDX-License-Identifier: MIT
// Looking at a loop from inside: which tasks there are, what each waits for, and where.
#pragma once

#include <tridem/runtime/exception.hpp>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace tridem {

/// One child of a gather or race that has not ended.
struct strand_info {
  std::size_t depth = 0;  ///< 0 for those that the task itself awaits, 1 for their own children.
  std::string state;      ///< As that of a task.
  async_stack stack;      ///< Its own awaits, innermost first.
};

/// One task, as it stood when it was asked for.
struct task_info {
  std::uint64_t id = 0;
  std::uint64_t spawned_by =
      0;  ///< The id of the task that created it; 0 for the one given to run.
  std::string name;
  std::string state;  ///< "running", "ready", "waits for <what>, for 1.2 s".
  async_stack stack;  ///< The awaits at which it stands, innermost first; its creation last. Not
                      ///< for a running task.
  std::vector<strand_info> strands;  ///< Of its gathers, at most 100, each before its own children.
};

/// All tasks of this thread's loop, oldest first.
///
/// Threads: the loop's thread. Cost: texts are made now; nothing is kept while nobody asks.
[[nodiscard]] std::vector<task_info> all_tasks();

/// Prints all tasks of this thread's loop as a tree by who created whom: name, state, and the place
/// of every await.
void print_tasks(std::ostream& out);

}  // namespace tridem
