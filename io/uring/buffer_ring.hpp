// SPDX-License-Identifier: MIT
// The buffers from which the kernel chooses when bytes have come: a queue in shared memory, which a
// driver refills.
#pragma once

#include "io/posix/lend.hpp"
#include "io/uring/request_state.hpp"

#include <tridem/io/detail/buffer_pool.hpp>
#include <tridem/io/operations.hpp>

#include <liburing.h>

#include <bitset>
#include <cstdint>

namespace tridem::uring {

/// What receive operations need of a driver. Nothing is set up before the first one.
///
/// The queue holds as many buffers as have lately been used up between two looks at it, so that a
/// loop with few connections touches little memory; when it was empty once, it holds twice as many.
/// An operation that finds none although there are (ENOBUFS) asks again; when all are lent, it
/// waits until there are bytes, and gets memory of its own: so neither does whoever keeps buffers
/// stop others, nor does the error reach anybody.
///
/// Source: io_uring_register_buf_ring(3), Linux 5.19.
class buffer_ring {
 public:
  buffer_ring() = default;
  buffer_ring(const buffer_ring&) = delete;
  buffer_ring& operator=(const buffer_ring&) = delete;
  /// The ring must have forgotten the queue before, or be gone.
  ~buffer_ring();

  /// A new operation. `Ring` is io/uring/ring.hpp, or the stand-in of a test.
  template <class Ring>
  void begin(receive_operation& op, Ring& ring) noexcept {
    if (lender_.pool() != nullptr && !was_offered_) {
      was_offered_ = true;
      is_shared_ = make_queue() && ring.share_buffers(registration());
    }
    if (is_shared_) return;
    set(op, has_own_memory, true);
    set(op, waits_for_readiness, true);
  }

  /// Before its request: the kernel has a buffer for it, or it has its own. False without memory.
  [[nodiscard]] bool prepare(receive_operation& op) noexcept;

  /// Takes what `cqe` answers: its buffer, if it has one, goes to `op` or back. Gives the result,
  /// in which a lack of buffers is an interruption (ask again), or says that it would have to wait.
  [[nodiscard]] std::int32_t answer(receive_operation& op, const io_uring_cqe& cqe) noexcept;

 private:
  static constexpr unsigned size = detail::buffer_pool::count_max;
  static constexpr unsigned first_wanted = 16;

  [[nodiscard]] bool make_queue() noexcept;
  [[nodiscard]] io_uring_buf_reg registration() const noexcept;
  void fill() noexcept;
  [[nodiscard]] detail::lent_buffer taken(const io_uring_cqe& cqe) noexcept;

  detail::lender lender_;
  io_uring_buf_ring* queue_ = nullptr;
  bool was_offered_ = false;
  bool is_shared_ = false;
  unsigned held_ = 0;  // by the kernel
  unsigned wanted_ = first_wanted;
  bool ran_out_ = false;  // since it was filled
  std::bitset<size> is_held_;
};

}  // namespace tridem::uring
