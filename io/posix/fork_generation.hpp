// SPDX-License-Identifier: MIT
// Which process this is, for drivers: they do not work in the child of a fork.
#pragma once

#include <cstdint>

namespace tridem::detail {

/// How many forks lie between the first process and this one: differs in a child of fork(2).
///
/// Threads: any. Cost: a load; getpid(2) would be a system call in each turn.
[[nodiscard]] std::uint32_t fork_generation() noexcept;

}  // namespace tridem::detail
