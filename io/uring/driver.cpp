// SPDX-License-Identifier: MIT
// Step 5 of the path of an operation: submit and wait ... kernel ... completion -> result of the
// node.
//
// A node has exactly one request in the kernel from the turn that takes it to the completion that
// gives it back; only then is its address forgotten.
#include "io/uring/driver.hpp"

#include "io/posix/blocking_lane.hpp"
#include "io/posix/file_calls.hpp"
#include "io/posix/sigpipe_guard.hpp"
#include "io/uring/adaptive_spin.hpp"
#include "io/uring/encode.hpp"
#include "io/uring/features.hpp"
#include "io/uring/request_state.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/runtime/assert.hpp>

#include <atomic>
#include <cerrno>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem {
namespace uring {
namespace {

// For what the ring has no request: done by a thread.
void perform_without_ring(operation& op) noexcept {
  if (op.kind == op_kind::truncate) {
    detail::perform_truncate(static_cast<truncate_operation&>(op));
  } else {
    detail::perform_read_directory(static_cast<read_directory_operation&>(op));
  }
}

// Relaxed: a constant of the kernel, written with the same value by every driver.
constinit std::atomic<bool> kernel_has_futex_wait{false};

class ring_driver final : public driver {
 public:
  explicit ring_driver(ring_size size);
  ~ring_driver() override;

  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override;
  void wake() noexcept override;
  [[nodiscard]] int readiness_descriptor() override;
  [[nodiscard]] bool announce_readiness() noexcept override;
  [[nodiscard]] time_point now() const noexcept override { return clock::now(); }
  [[nodiscard]] const char* name() const noexcept override { return "uring"; }

 private:
  void sleep(time_point deadline, duration timeout);
  void try_one_request();
  void arm_wake(operation_list& completed);
  void take(operation& op, operation_list& completed);
  void request(operation& op, operation_list& completed);
  void request_cancel(operation& op, operation_list& completed);
  [[nodiscard]] bool is_for_a_thread(const operation& op) const noexcept;
  [[nodiscard]] io_uring_sqe& entry(operation_list& completed);
  void collect(operation_list& completed);
  void answer(const io_uring_cqe& cqe, operation_list& completed);
  [[nodiscard]] bool must_go_on(operation& op, std::int32_t result) const noexcept;

  descriptor wake_;       // an eventfd: the way in for other threads
  descriptor readiness_;  // an eventfd: the way out to a foreign loop, once one has asked for it
  bool announcing_ = false;
  ring ring_;
  const doorbell_way doorbell_;
  adaptive_spin spin_{std::chrono::microseconds(50)};
  bool wake_armed_ = false;
  std::uint16_t generation_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t writes_ = 0;                  // in flight, of those that may raise SIGPIPE
  detail::sigpipe_guard* quiet_ = nullptr;  // of the turn at hand
  // Nodes whose request ended with "not now". Filled and emptied within one turn: between turns the
  // loop may link a node in flight into its own list, to cancel it.
  operation_list unfinished_;
  // Last: its threads, which start when first needed, call wake() until they are joined.
  detail::blocking_lane lane_{*this, perform_without_ring};
};

ring_driver::ring_driver(ring_size size)
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      ring_(size),
      doorbell_(ring_.knows(futex_wait_opcode) ? doorbell_way::futex : doorbell_way::eventfd) {
  if (!wake_) throw std::system_error(errno, std::system_category(), "eventfd");
  for (const unsigned opcode : required_opcodes()) {
    if (!ring_.knows(opcode)) {
      throw std::system_error(ENOSYS, std::system_category(),
                              "io_uring lacks opcode " + std::to_string(opcode));
    }
  }
  try_one_request();
  if (doorbell_ == doorbell_way::futex)
    kernel_has_futex_wait.store(true, std::memory_order_relaxed);
}

ring_driver::~ring_driver() {
  TRIDEM_ASSERT(in_flight_ == 0,
                "a driver was destroyed with operations in flight; the loop must await them first");
}

void ring_driver::try_one_request() {
  io_uring_sqe* first = ring_.next_entry();
  io_uring_prep_nop(first);
  first->user_data = trial_request;
  ring_.enter(true, std::chrono::seconds(5));
  bool answered = false;
  ring_.reap([&](const io_uring_cqe& cqe) noexcept {
    answered = cqe.user_data == trial_request && cqe.res == 0;
  });
  if (!answered) {
    throw std::system_error(EIO, std::system_category(), "io_uring did not answer a first request");
  }
}

void ring_driver::turn(operation_list& submitted, operation_list& completed, time_point deadline) {
  ring_.check_process();
  detail::sigpipe_guard quiet;
  quiet_ = &quiet;
  if (std::exchange(announcing_, false)) ring_.tell(false);
  if (writes_ != 0) quiet.engage();
  if (!wake_armed_) arm_wake(completed);
  while (!submitted.empty()) take(submitted.pop_front(), completed);

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

void ring_driver::sleep(time_point deadline, duration timeout) {
  if (spin_.expects_answer()) {
    // What was asked for must reach the kernel before this thread spends time on looking around.
    if (ring_.needs_enter()) ring_.enter(false, duration::zero());
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

void ring_driver::wake() noexcept {
  const std::uint64_t one = 1;
  // It can only fail when 2^64 - 2 wake-ups are already on their way.
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
}

int ring_driver::readiness_descriptor() {
  if (!readiness_) {
    descriptor made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!made) throw std::system_error(errno, std::system_category(), "eventfd");
    ring_.register_eventfd(made.get());
    readiness_ = std::move(made);
  }
  return readiness_.get();
}

bool ring_driver::announce_readiness() noexcept {
  announcing_ = true;
  ring_.tell(true);
  // The kernel links its work before it looks whether to tell; this looks for work after having
  // said so. One of the two sees the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return !ring_.has_completion() && !ring_.needs_enter();
}

// A multishot poll answers each write anew, and the counter is never read: half the price of a read
// per wake-up.
void ring_driver::arm_wake(operation_list& completed) {
  io_uring_sqe& next = entry(completed);
  io_uring_prep_poll_multishot(&next, wake_.get(), POLLIN);
  next.user_data = wake_request;
  wake_armed_ = true;
}

void ring_driver::take(operation& op, operation_list& completed) {
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
  }
  request(op, completed);
}

bool ring_driver::is_for_a_thread(const operation& op) const noexcept {
  return op.kind == op_kind::read_directory ||
         (op.kind == op_kind::truncate && !ring_.knows(truncate_opcode));
}

void ring_driver::request(operation& op, operation_list& completed) {
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

void ring_driver::request_cancel(operation& op, operation_list& completed) {
  const std::uint64_t tag = op.driver_tag;
  set(op, told_to_stop, true);
  // Making room may already complete `op`; its tag is then nobody's, and the kernel finds nothing.
  io_uring_sqe& next = entry(completed);
  io_uring_prep_cancel64(&next, tag, 0);
  // Whether it was found does not matter: the answer of the operation itself is the only end.
  next.flags |= IOSQE_CQE_SKIP_SUCCESS;
  next.user_data = cancel_request;
}

io_uring_sqe& ring_driver::entry(operation_list& completed) {
  io_uring_sqe* next = ring_.next_entry();
  while (next == nullptr) {
    ring_.enter(false, duration::zero());
    // When completions have overflowed, the kernel takes nothing new until there is room.
    ring_.reap([&](const io_uring_cqe& cqe) noexcept { answer(cqe, completed); });
    next = ring_.next_entry();
  }
  return *next;
}

void ring_driver::collect(operation_list& completed) {
  ring_.reap([&](const io_uring_cqe& cqe) noexcept { answer(cqe, completed); });
  while (!unfinished_.empty()) request(unfinished_.pop_front(), completed);
  in_flight_ -= lane_.collect(completed);
}

void ring_driver::answer(const io_uring_cqe& cqe, operation_list& completed) {
  switch (cqe.user_data) {
    case wake_request:
      wake_armed_ = (cqe.flags & IORING_CQE_F_MORE) != 0;
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
  if (must_go_on(op, cqe.res)) {
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

// Decides whether an answer is the end. Sets the result if so, and else what the next request of
// the node is.
bool ring_driver::must_go_on(operation& op, std::int32_t result) const noexcept {
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
  if (op.kind == op_kind::wait_doorbell && doorbell_ == doorbell_way::futex) {
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

}  // namespace

bool doorbells_are_futexes() noexcept {
  return kernel_has_futex_wait.load(std::memory_order_relaxed);
}

}  // namespace uring

std::unique_ptr<driver> make_uring_driver(uring::ring_size size) {
  return std::make_unique<uring::ring_driver>(size);
}

}  // namespace tridem
