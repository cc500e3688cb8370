// SPDX-License-Identifier: MIT
// Which loops are in debug mode, by a number that is never given twice, unlike an address.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tridem::detail {

/// Enters this thread's loop, and returns its number, from 1. Threads: the loop's, as `leave`.
[[nodiscard]] std::uint32_t enter_debug_mode(std::string thread_name);
void leave_debug_mode(std::uint32_t serial) noexcept;

/// The number of this thread's loop; 0 when it runs none in debug mode.
[[nodiscard]] std::uint32_t debugged_loop_of_this_thread() noexcept;

/// The name of the thread on which that loop runs; nothing when it has ended. Threads: any.
[[nodiscard]] std::optional<std::string> thread_of_debugged_loop(std::uint32_t serial);

}  // namespace tridem::detail
