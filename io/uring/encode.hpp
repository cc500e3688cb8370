// SPDX-License-Identifier: MIT
// How each operation of the closed list looks as a submission entry.
#pragma once

#include <tridem/runtime/operation.hpp>

#include <liburing.h>

namespace tridem::uring {

/// How wait_doorbell is served on this kernel.
enum class doorbell_way : unsigned char { futex, eventfd };

/// The group of buffers for receive operations.
inline constexpr unsigned short receive_group = 0;

/// Fills the zeroed `entry` with `op`, all but its user_data.
void encode(io_uring_sqe& entry, operation& op, doorbell_way doorbell) noexcept;

/// Fills the zeroed `entry` with a wait for what `op`, which could not go on at once, needs to go
/// on.
void encode_readiness(io_uring_sqe& entry, const operation& op) noexcept;

}  // namespace tridem::uring
