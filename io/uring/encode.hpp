// SPDX-License-Identifier: MIT
// How each operation of the closed list looks as a submission entry.
#pragma once

#include <tridem/runtime/operation.hpp>

#include <liburing.h>

namespace tridem::uring {

/// Linux 6.7; liburing 2.3 has neither the number nor a helper.
inline constexpr unsigned futex_wait_opcode = 51;

/// How wait_doorbell is served on this kernel.
enum class doorbell_way : unsigned char { futex, eventfd };

/// Fills the zeroed `entry` with `op`, all but its user_data.
void encode(io_uring_sqe& entry, operation& op, doorbell_way doorbell) noexcept;

/// Fills the zeroed `entry` with a wait for what `op`, which could not go on at once, needs to go
/// on.
void encode_readiness(io_uring_sqe& entry, const operation& op) noexcept;

}  // namespace tridem::uring
