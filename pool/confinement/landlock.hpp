// SPDX-License-Identifier: MIT
// File access by Landlock: what is not named cannot be opened.
#pragma once

#include <string>
#include <vector>

namespace tridem::detail {

/// Forbids this thread, and threads and processes it will make, to open any file but those below
/// the given paths, and TCP sockets where the kernel can. Needs no_new_privs.
///
/// @returns  The version of Landlock's interface in this kernel.
/// Errors:   std::system_error: ENOSYS or EOPNOTSUPP where there is no Landlock; a path that cannot
///           be opened, by name.
/// Source:   landlock(7), Linux 5.13.
int restrict_files(const std::vector<std::string>& readable,
                   const std::vector<std::string>& writable);

}  // namespace tridem::detail
