// SPDX-License-Identifier: MIT
// Operation -> system call: what can be done at once is done, else what must be awaited is named.
#pragma once

#include "io/posix/lend.hpp"
#include "io/posix/sigpipe_guard.hpp"

#include <tridem/io/operations.hpp>

#include <cstdint>

namespace tridem::detail {

/// What an attempt at an operation has come to.
enum class next_step : std::uint8_t {
  done,     ///< `result` is set.
  wait,     ///< Try again when the descriptor is ready: see readiness.hpp.
  offload,  ///< It may block: perform_blocking() on another thread does it.
};

/// Tries `op` without ever blocking. Linux tells by RWF_NOWAIT and MSG_DONTWAIT when that is not
/// possible, whether the descriptor is in non-blocking mode or not; only accept and connect need
/// that mode and set it. What is received is in memory of `buffers`.
next_step attempt(operation& op, sigpipe_guard& quiet, lender& buffers) noexcept;

/// Does `op`, which attempt() wanted to offload, and waits as long as it takes. For threads that
/// block all signals.
void perform_blocking(operation& op) noexcept;

/// True when a last attempt after a cancellation only collects what is there already, and sends
/// nothing.
bool collects(op_kind kind) noexcept;

/// In `operation::driver_tag`: a connection was begun; its outcome is to be asked for.
inline constexpr std::uint64_t begun = 1;

}  // namespace tridem::detail
