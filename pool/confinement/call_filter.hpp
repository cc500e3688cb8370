// SPDX-License-Identifier: MIT
// A filter of system calls by seccomp: what it forbids fails with EPERM, nothing is killed.
#pragma once

#include <tridem/pool/worker_limits.hpp>

namespace tridem::detail {

/// Installs the filter of `level` (no_net_no_fs or pure) in all threads of this process. Needs
/// no_new_privs.
///
/// Errors: std::system_error.
/// Source: seccomp(2), Linux 3.17.
void filter_calls(sandbox level);

}  // namespace tridem::detail
