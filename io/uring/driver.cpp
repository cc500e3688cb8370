// SPDX-License-Identifier: MIT
// The driver over the ring of io/uring/ring.hpp, and what it leaves to a thread.
#include "io/uring/driver.hpp"

#include "io/posix/file_calls.hpp"
#include "io/uring/basic_driver_set_up.hpp"
#include "io/uring/basic_driver_turn.hpp"

#include <tridem/io/operations.hpp>

#include <atomic>

namespace tridem {
namespace uring {
namespace {

// Relaxed: a constant of the kernel, written with the same value by every driver.
constinit std::atomic<bool> kernel_has_futex_wait{false};

}  // namespace

void perform_without_ring(operation& op) noexcept {
  if (op.kind == op_kind::truncate) {
    detail::perform_truncate(static_cast<truncate_operation&>(op));
  } else {
    detail::perform_read_directory(static_cast<read_directory_operation&>(op));
  }
}

bool doorbells_are_futexes() noexcept {
  return kernel_has_futex_wait.load(std::memory_order_relaxed);
}

template class basic_driver<ring>;

}  // namespace uring

std::unique_ptr<driver> make_uring_driver(uring::ring_size size, duration spin) {
  auto made = std::make_unique<uring::basic_driver<uring::ring>>(spin, size);
  if (made->doorbell() == uring::doorbell_way::futex) {
    uring::kernel_has_futex_wait.store(true, std::memory_order_relaxed);
  }
  return made;
}

}  // namespace tridem
