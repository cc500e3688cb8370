// SPDX-License-Identifier: MIT
// What an answer of the kernel means for the node that asked: its end, or one more request.
#pragma once

#include "io/uring/encode.hpp"
#include "io/uring/request_state.hpp"

#include <tridem/runtime/operation.hpp>

#include <cerrno>
#include <cstdint>

namespace tridem::uring {

/// False when `result` is the end of `op`, whose result is then set; true when a further request is
/// due, and `op` says which. EINTR and EAGAIN end here, short of the users.
[[nodiscard]] inline bool must_go_on(operation& op, std::int32_t result,
                                     doorbell_way doorbell) noexcept {
  const bool was_wait = is(op, waits_for_readiness);
  set(op, waits_for_readiness, false);
  op.result = result;
  // The number is free again whatever close(2) says: a second one could close another's.
  if (op.kind == op_kind::close) {
    if (result == -EINTR) op.result = 0;
    return false;
  }
  if (result == -EINTR) {
    // Uncalled for, or the way in which a thread of the kernel heeds a cancel.
    op.result = operation::cancelled_result;
    return !is(op, told_to_stop);
  }
  if (was_wait && result < 0) return false;
  if (was_wait && !is(op, told_to_stop)) return true;
  // A full backlog of a unix socket: no event tells when there is room, so that it is for the
  // caller to know.
  if (!was_wait && (result != -EAGAIN || op.kind == op_kind::connect)) return false;
  if (op.kind == op_kind::wait_doorbell && doorbell == doorbell_way::futex) {
    op.result = 0;  // The word differed already.
    return false;
  }
  // Its cancel came between two of its requests; a further one could wait with nobody to end it.
  if (is(op, told_to_stop)) {
    op.result = operation::cancelled_result;
    return false;
  }
  if (!has_readiness(op)) {
    if (is(op, by_a_worker)) return false;
    set(op, by_a_worker, true);
    return true;
  }
  // The descriptor is non-blocking, which io_uring takes as "do not wait": wait for readiness by
  // hand. Some files are always ready and cannot be read without waiting (those of FUSE): what is
  // not possible a second time either is given to a thread of the kernel.
  set(op, by_a_worker, is(op, was_ready));
  set(op, was_ready, true);
  set(op, waits_for_readiness, true);
  return true;
}

}  // namespace tridem::uring
