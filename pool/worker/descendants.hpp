// SPDX-License-Identifier: MIT
// Ends processes below this one, and counts this one's threads.
#pragma once

#include <sys/types.h>
#include <vector>

namespace tridem::detail {

/// True if the kernel tells who the children of this process are (/proc, CONFIG_PROC_CHILDREN).
///
/// Where it does not, a child subreaper cannot know who came to it: each worker then leads a
/// process group, and those that have left it (by setsid) survive.
[[nodiscard]] bool can_list_children() noexcept;

/// Kills and reaps the children of this process that are not among `workers`: what workers that are
/// dead have left behind, and what comes to this process when that dies.
void end_orphans(const std::vector<pid_t>& workers) noexcept;

/// Kills and reaps all children, and those that come to this process (a child subreaper) when their
/// parents die, until there are none. Gives up after 5 seconds: a process may wait for its disk.
///
/// @param workers  The children whose groups are killed where children cannot be listed.
void end_all_descendants(const std::vector<pid_t>& workers) noexcept;

/// How many threads this process has; 1 when /proc cannot tell.
[[nodiscard]] unsigned count_threads() noexcept;

}  // namespace tridem::detail
