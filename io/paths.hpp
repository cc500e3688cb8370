// SPDX-License-Identifier: MIT
// What is done to the names of files: rename, remove, make a directory.
#pragma once

#include <tridem/runtime/task.hpp>

#include <string>

namespace tridem {

// Of all functions here:
//   Errors:        std::system_error that names the path.
//   Cancellation:  prompt; what the system has begun is done or not done, and a result that is
//                  there is delivered.
//   Cost:          one frame, one submission (uring), or a hand-over to a thread (asio).

/// What happens when the new name exists.
enum class if_exists : bool { replace, fail };

/// Gives a file or directory another name in the same file system, at one moment: nobody sees
/// neither or both. Source: renameat2(2).
[[nodiscard]] task<> rename_file(std::string from, std::string to,
                                 if_exists existing = if_exists::replace);

/// Removes a name that is not a directory; what is open stays usable. Source: unlinkat(2).
[[nodiscard]] task<> remove_file(std::string path);

/// Gives a file a second name; fails when that exists. Source: linkat(2).
[[nodiscard]] task<> link_file(std::string existing, std::string path);

/// Makes a directory; its parent must exist. `mode` loses the bits of the umask. Source:
/// mkdirat(2).
[[nodiscard]] task<> make_directory(std::string path, unsigned mode = 0777);

/// Removes an empty directory. Source: unlinkat(2).
[[nodiscard]] task<> remove_directory(std::string path);

}  // namespace tridem
