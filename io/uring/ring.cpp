// SPDX-License-Identifier: MIT
// Set-up and teardown of one ring, and the one system call of a turn.
#include "io/uring/ring.hpp"

#include "io/posix/fork_generation.hpp"
#include "io/uring/features.hpp"

#include <tridem/runtime/assert.hpp>

#include <cerrno>
#include <memory>
#include <pthread.h>
#include <system_error>
#include <unistd.h>

namespace tridem::uring {

namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::system_category(), what);
}

}  // namespace

ring::ring(ring_size size) : owner_(::pthread_self()), fork_generation_(detail::fork_generation()) {
  io_uring_params params{};
  params.flags = setup_flags;
  params.cq_entries = size.completions;
  const int error = io_uring_queue_init_params(size.submissions, &ring_, &params);
  if (error < 0) fail(-error, "io_uring_setup");
  try {
    if ((params.features & required_features) != required_features) {
      fail(ENOSYS, "io_uring lacks features that Linux 6.1 has");
    }
    submission_mask_ = params.sq_entries - 1;
    completion_mask_ = params.cq_entries - 1;
    // The index array never changes after this, whichever liburing made the ring.
    for (unsigned i = 0; i < params.sq_entries; ++i) ring_.sq.array[i] = i;
    // A child of fork shares neither queue nor descriptor meaningfully: keep the queues out of it.
    const int dontfork = io_uring_ring_dontfork(&ring_);
    if (dontfork < 0) fail(-dontfork, "madvise(MADV_DONTFORK) of a ring");
    read_opcodes();
  } catch (...) {
    io_uring_queue_exit(&ring_);
    throw;
  }
  // Saves the look-up of the descriptor at each enter. A thread may hold 16; the 17th ring goes
  // without.
  registered_ = io_uring_register_ring_fd(&ring_) == 1;
}

ring::~ring() {
  if (detail::fork_generation() == fork_generation_) {
    io_uring_queue_exit(&ring_);
  } else {
    // In the child of a fork the queues are not mapped; only the descriptor is ours.
    ::close(ring_.ring_fd);
  }
}

void ring::read_opcodes() {
  const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> probe{
      io_uring_get_probe_ring(&ring_), io_uring_free_probe};
  if (!probe) fail(ENOMEM, "ask io_uring for its opcodes");
  for (int opcode = 0; opcode < 64; ++opcode) {
    if (io_uring_opcode_supported(probe.get(), opcode)) opcodes_ |= std::uint64_t{1} << opcode;
  }
}

void ring::check_process() const noexcept {
  TRIDEM_ASSERT(detail::fork_generation() == fork_generation_,
                "an event loop was used in the child of fork(); make a new one there, or exec");
}

io_uring_sqe* ring::next_entry() noexcept {
  const unsigned head = io_uring_smp_load_acquire(ring_.sq.khead);
  const unsigned tail = ring_.sq.sqe_tail;
  if (tail - head > submission_mask_) return nullptr;
  ring_.sq.sqe_tail = tail + 1;
  io_uring_sqe* entry = &ring_.sq.sqes[tail & submission_mask_];
  *entry = io_uring_sqe{};
  return entry;
}

void ring::register_eventfd(int eventfd) {
  const int error = io_uring_register_eventfd(&ring_, eventfd);
  if (error < 0) fail(-error, "register an eventfd with a ring");
  tell(false);
}

bool ring::needs_enter() const noexcept {
  const unsigned flags = IO_URING_READ_ONCE(*ring_.sq.kflags);
  return ring_.sq.sqe_tail != *ring_.sq.khead ||
         (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

void ring::enter(bool wait, duration timeout) {
  // The kernel would refuse it too, but a registered descriptor means another ring there.
  if (!::pthread_equal(owner_, ::pthread_self())) {
    fail(EEXIST, "io_uring was entered from another thread than that of its loop");
  }
  io_uring_smp_store_release(ring_.sq.ktail, ring_.sq.sqe_tail);
  const unsigned to_submit = ring_.sq.sqe_tail - io_uring_smp_load_acquire(ring_.sq.khead);

  __kernel_timespec limit{};
  io_uring_getevents_arg argument{};
  unsigned flags = IORING_ENTER_GETEVENTS;
  if (registered_) flags |= IORING_ENTER_REGISTERED_RING;
  // The kernel need not fetch an argument that says nothing.
  void* given = nullptr;
  if (wait && timeout >= duration::zero()) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    limit.tv_sec = seconds.count();
    limit.tv_nsec = std::chrono::nanoseconds(timeout - seconds).count();
    argument.ts = reinterpret_cast<std::uint64_t>(&limit);
    flags |= IORING_ENTER_EXT_ARG;
    given = &argument;
  }
  const int done =
      io_uring_enter2(static_cast<unsigned>(ring_.enter_ring_fd), to_submit, wait ? 1 : 0, flags,
                      static_cast<sigset_t*>(given), given != nullptr ? sizeof argument : 0);
  check_entered(done, IO_URING_READ_ONCE(*ring_.cq.koverflow));
}

void ring::check_entered(int result, unsigned lost) {
  // The kernel says EBADR only to who waits, and only once; the count stays.
  if (lost != 0) result = -EBADR;
  if (result >= 0) return;
  switch (-result) {
    case ETIME:   // The deadline.
    case EINTR:   // A signal: its handler may have called wake().
    case EAGAIN:  // No memory for a request now: it stays in the queue for the next enter.
    case EBUSY:   // Completions overflowed: reap them, then submit again.
      return;
    case EBADR:
      fail(EBADR, "io_uring lost completions, memory ran out in the kernel");
    default:
      fail(-result, "io_uring_enter");
  }
}

}  // namespace tridem::uring
