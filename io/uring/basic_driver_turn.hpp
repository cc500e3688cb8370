// SPDX-License-Identifier: MIT
// Step 5 of the path of an operation: submit and wait ... kernel ... completion -> result of the
// node.
#pragma once

#include "io/uring/answer.hpp"
#include "io/uring/basic_driver.hpp"
#include "io/uring/features.hpp"
#include "io/uring/request_state.hpp"

#include <tridem/io/operations.hpp>
#include <tridem/runtime/assert.hpp>

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace tridem::uring {

template <class Ring>
void basic_driver<Ring>::turn(operation_list& submitted, operation_list& completed,
                              time_point deadline) {
  ring_.check_process();
  detail::sigpipe_guard quiet;
  quiet_ = &quiet;
  if (std::exchange(announcing_, false)) ring_.tell(false);
  if (writes_ != 0) quiet.engage();
  if (!wake_armed_) arm_wake(completed);
  while (!submitted.empty()) take(submitted.pop_front(), completed);
  // Making room may have brought answers, and with them requests that nobody would wake this for.
  request_unfinished(completed);

  bool wait = completed.empty() && !ring_.has_completion();
  duration timeout{-1};
  if (wait && deadline != never) {
    timeout = deadline == time_point::min() ? duration::zero() : deadline - now();
    wait = timeout > duration::zero();
  }
  if (wait) {
    sleep(deadline, timeout);
  } else if (ring_.needs_enter()) {
    ring_.enter(false, duration::zero());
  }
  collect(completed);
  // A write that fails is completed by deferred work: SIGPIPE may come one enter before its EPIPE.
  if (writes_ != 0) quiet.swallow();
}

template <class Ring>
void basic_driver<Ring>::sleep(time_point deadline, duration timeout) {
  if (spin_.expects_answer()) {
    // What was asked for must reach the kernel before this thread spends time on looking around.
    if (ring_.needs_enter()) ring_.enter(false, duration::zero());
    // A read of what is in the page cache has been answered in that very call.
    if (ring_.has_completion()) return;
    const auto arrived = [this] { return ring_.has_completion() || ring_.needs_enter(); };
    if (spin_.look(arrived, deadline)) {
      if (ring_.needs_enter()) ring_.enter(false, duration::zero());
      return;
    }
  }
  const time_point begun = now();
  ring_.enter(true, timeout);
  spin_.slept(now() - begun);
}

// A multishot poll answers each write anew, and the counter is never read: half the price of a read
// per wake-up.
template <class Ring>
void basic_driver<Ring>::arm_wake(operation_list& completed) {
  io_uring_sqe& next = entry(completed);
  io_uring_prep_poll_multishot(&next, wake_.get(), POLLIN);
  next.user_data = wake_request;
  wake_armed_ = true;
}

template <class Ring>
void basic_driver<Ring>::take(operation& op, operation_list& completed) {
  const bool is_new = op.state == operation_state::queued;
  op.state = operation_state::in_flight;
  if (is_for_a_thread(op)) {
    if (is_new) {
      ++in_flight_;
      lane_.push(op);
    } else if (lane_.remove(op)) {
      --in_flight_;
      op.result = operation::cancelled_result;
      completed.push_back(op);
    }
    return;
  }
  if (!is_new) {
    request_cancel(op, completed);
    return;
  }
  op.driver_tag =
      reinterpret_cast<std::uint64_t>(&op) << generation_bits | std::uint64_t{generation_++};
  op.driver_data = nullptr;
  if (op.kind == op_kind::wait_doorbell && doorbell_ == doorbell_way::eventfd) {
    // The kernel compares the word itself only in a futex wait.
    const auto& bell = static_cast<const wait_doorbell_operation&>(op);
    if (bell.word->load(std::memory_order_seq_cst) != bell.expected) {
      op.result = 0;
      completed.push_back(op);
      return;
    }
  }
  ++in_flight_;
  if (may_raise_sigpipe(op)) {
    ++writes_;
    quiet_->engage();
  } else if (op.kind == op_kind::receive) {
    buffers_.begin(static_cast<receive_operation&>(op), ring_);
  }
  request(op, completed);
}

template <class Ring>
bool basic_driver<Ring>::is_for_a_thread(const operation& op) const noexcept {
  return op.kind == op_kind::read_directory ||
         (op.kind == op_kind::truncate && !ring_.knows(truncate_opcode));
}

template <class Ring>
void basic_driver<Ring>::request(operation& op, operation_list& completed) {
  if (op.kind == op_kind::receive && !buffers_.prepare(static_cast<receive_operation&>(op))) {
    --in_flight_;
    op.driver_tag = 0;
    op.result = -ENOMEM;
    completed.push_back(op);
    return;
  }
  io_uring_sqe& next = entry(completed);
  if (is(op, waits_for_readiness)) {
    encode_readiness(next, op);
  } else {
    encode(next, op, doorbell_);
    if (is(op, by_a_worker)) {
      next.flags |= IOSQE_ASYNC;
      // The worker is there to wait.
      if (op.kind == op_kind::send || op.kind == op_kind::sendmsg) {
        next.msg_flags &= ~static_cast<unsigned>(MSG_DONTWAIT);
      }
    }
  }
  next.user_data = op.driver_tag;
}

template <class Ring>
void basic_driver<Ring>::request_unfinished(operation_list& completed) {
  while (!unfinished_.empty()) request(unfinished_.pop_front(), completed);
}

template <class Ring>
void basic_driver<Ring>::request_cancel(operation& op, operation_list& completed) {
  const std::uint64_t tag = op.driver_tag;
  set(op, told_to_stop, true);
  // Making room may already complete `op`; its tag is then nobody's, and the kernel finds nothing.
  io_uring_sqe& next = entry(completed);
  io_uring_prep_cancel64(&next, tag, 0);
  // Whether it was found does not matter: the answer of the operation itself is the only end.
  next.flags |= IOSQE_CQE_SKIP_SUCCESS;
  next.user_data = cancel_request;
}

template <class Ring>
io_uring_sqe& basic_driver<Ring>::entry(operation_list& completed) {
  io_uring_sqe* next = ring_.next_entry();
  while (next == nullptr) {
    ring_.enter(false, duration::zero());
    // When completions have overflowed, the kernel takes nothing new until there is room.
    ring_.reap([&](const io_uring_cqe& cqe) noexcept { answer(cqe, completed); });
    next = ring_.next_entry();
  }
  return *next;
}

template <class Ring>
void basic_driver<Ring>::collect(operation_list& completed) {
  ring_.reap([&](const io_uring_cqe& cqe) noexcept { answer(cqe, completed); });
  request_unfinished(completed);
  in_flight_ -= lane_.collect(completed);
}

template <class Ring>
void basic_driver<Ring>::answer(const io_uring_cqe& cqe, operation_list& completed) {
  switch (cqe.user_data) {
    case wake_request:
      // One that comes behind the last of a poll says nothing of the poll that replaces it.
      if ((cqe.flags & IORING_CQE_F_MORE) == 0) wake_armed_ = false;
      return;
    case cancel_request:
      return;
  }
  operation& op = node_of(cqe.user_data);
  TRIDEM_ASSERT(op.driver_tag == cqe.user_data, "io_uring answered a request twice");
  // A cancel of it may still stand in the list that is being taken.
  if (op.is_linked()) {
    operation_list::erase(op);
    op.state = operation_state::in_flight;
    set(op, told_to_stop, true);
  }
  std::int32_t result = cqe.res;
  if (op.kind == op_kind::receive) {
    result = buffers_.answer(static_cast<receive_operation&>(op), cqe);
  }
  if (must_go_on(op, result, doorbell_)) {
    unfinished_.push_back(op);
    return;
  }
  --in_flight_;
  if (may_raise_sigpipe(op)) {
    --writes_;
    if (op.result == -EPIPE) quiet_->swallow();
  }
  op.driver_tag = 0;
  completed.push_back(op);
}

}  // namespace tridem::uring
