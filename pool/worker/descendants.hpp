// SPDX-License-Identifier: MIT
// Ends every process below this one, and counts this one's threads.
#pragma once

namespace tridem::detail {

/// Kills and reaps all children, and those that come to this process (a child subreaper) when their
/// parents die, until there are none. Gives up after 5 seconds: a process may wait for its disk.
void end_all_descendants() noexcept;

/// How many threads this process has; 1 when /proc cannot tell.
[[nodiscard]] unsigned count_threads() noexcept;

}  // namespace tridem::detail
