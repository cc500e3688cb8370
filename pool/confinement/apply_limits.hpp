// SPDX-License-Identifier: MIT
// Enforces worker_limits on the calling process. Runs in a worker, as a job.
#pragma once

#include <tridem/pool/worker_limits.hpp>

#include <string>

namespace tridem::detail {

/// Enforces `wanted` on this process, for ever.
///
/// @returns  What is in force now, for people: "address space 1073741824 bytes, landlock ABI 7".
/// Errors:   std::system_error, std::runtime_error: what could not be enforced, and why; not when
///           `wanted.best_effort`.
std::string apply_limits(const worker_limits& wanted);

}  // namespace tridem::detail
