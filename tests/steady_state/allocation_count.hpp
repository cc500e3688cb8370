// SPDX-License-Identifier: MIT
// Counts the calls of operator new, of all threads of this program.
#pragma once

#include <cstdint>

namespace tridem::test {

/// Calls since the start.
[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace tridem::test
