// SPDX-License-Identifier: MIT
// One io_uring: set-up, entering the kernel, teardown. The only owner of a struct io_uring.
#pragma once

#include <tridem/runtime/time.hpp>

#include <liburing.h>

#include <cstdint>
#include <pthread.h>

namespace tridem::uring {

/// How large a ring is made. Powers of two; the kernel rounds up.
struct ring_size {
  unsigned submissions = 256;   // entries, 1 to 32768
  unsigned completions = 4096;  // entries, at least `submissions`
};

/// A ring of the calling thread, which must be the only one to use it (SINGLE_ISSUER,
/// DEFER_TASKRUN).
///
/// Errors of set-up: std::system_error with what io_uring_setup(2) said.
/// Source: io_uring_setup(2), Linux 6.1 for DEFER_TASKRUN; io_uring_enter(2) for EXT_ARG.
class ring {
 public:
  explicit ring(ring_size size);
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring();

  /// Aborts in the child of a fork, where the queues are not mapped. To be called before anything
  /// else of a turn.
  void check_process() const noexcept;

  /// The next free submission entry, zeroed; null when the queue is full: enter, then ask again.
  [[nodiscard]] io_uring_sqe* next_entry() noexcept;

  /// Submits what was filled. With `wait`, also waits for a completion, at most until `timeout`
  /// from now has passed (negative: without limit). Runs deferred work in any case.
  ///
  /// Errors: std::system_error when the kernel refuses the ring itself (EBADR: it lost
  /// completions). A signal, a timeout, a lack of memory, a full completion queue are not errors:
  /// look at the completions.
  void enter(bool wait, duration timeout);

  /// What an enter returned, and how many completions the kernel had no memory to keep: passes over
  /// what the next one mends (EINTR, EAGAIN, EBUSY, ETIME), and throws for the rest, as `enter`
  /// does.
  static void check_entered(int result, unsigned lost = 0);

  /// True when the kernel has something that only an enter brings out: unsubmitted entries,
  /// deferred work, overflow.
  [[nodiscard]] bool needs_enter() const noexcept;

  /// Calls `visit(const io_uring_cqe&)` for each completion that is there, in order, and frees
  /// their places.
  template <class Visit>
  void reap(Visit visit) noexcept(noexcept(visit(std::declval<const io_uring_cqe&>()))) {
    const unsigned tail = io_uring_smp_load_acquire(ring_.cq.ktail);
    unsigned head = *ring_.cq.khead;
    while (head != tail) {
      const io_uring_cqe cqe = ring_.cq.cqes[head & completion_mask_];
      // Freed one by one: `visit` may enter the kernel, which may then need the place.
      io_uring_smp_store_release(ring_.cq.khead, ++head);
      visit(cqe);
    }
  }

  [[nodiscard]] bool has_completion() const noexcept {
    return io_uring_smp_load_acquire(ring_.cq.ktail) != *ring_.cq.khead;
  }

  /// Has the kernel write to `eventfd` for each completion, and for deferred work, as long as
  /// `tell` says so. A ring can be polled itself, but with DEFER_TASKRUN that does not show work
  /// which is deferred, so that whoever sleeps in a poll would never be woken (seen on Linux 6.18).
  ///
  /// Errors: std::system_error. Source: io_uring_register_eventfd(3), Linux 5.8 for `tell`.
  void register_eventfd(int eventfd);
  void tell(bool on) noexcept { io_uring_cq_eventfd_toggle(&ring_, on); }

  /// Lets the kernel choose from a queue of buffers, which must stay until the ring has gone. False
  /// when it refuses.
  ///
  /// Source: io_uring_register_buf_ring(3), Linux 5.19.
  [[nodiscard]] bool share_buffers(const io_uring_buf_reg& queue) noexcept {
    io_uring_buf_reg about = queue;
    return io_uring_register_buf_ring(&ring_, &about, 0) == 0;
  }

  /// Whether this kernel knows an opcode; asked at set-up, so that it costs nothing later.
  [[nodiscard]] bool knows(unsigned opcode) const noexcept {
    return opcode < 64 && (opcodes_ >> opcode & 1) != 0;
  }

  /// Whether the descriptor is registered with the kernel, which makes enter cheaper.
  [[nodiscard]] bool is_registered() const noexcept { return registered_; }

 private:
  void read_opcodes();

  io_uring ring_{};
  unsigned submission_mask_ = 0;
  unsigned completion_mask_ = 0;
  bool registered_ = false;
  std::uint64_t opcodes_ = 0;
  const pthread_t owner_;
  const std::uint32_t fork_generation_;
};

}  // namespace tridem::uring
