// SPDX-License-Identifier: MIT
// Buffers on their way: pool -> kernel -> operation -> pool.
#include "io/uring/buffer_ring.hpp"

#include "io/uring/encode.hpp"
#include "io/uring/request_state.hpp"

#include <tridem/runtime/assert.hpp>

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <utility>

namespace tridem::uring {
namespace {

constexpr std::size_t queue_bytes = detail::buffer_pool::count_max * sizeof(io_uring_buf);

}  // namespace

buffer_ring::~buffer_ring() {
  for (unsigned number = 0; number < size && held_ != 0; ++number) {
    if (!is_held_.test(number)) continue;
    --held_;
    lender_.pool()->give_back(lender_.pool()->buffer(number));
  }
  if (queue_ != nullptr) ::munmap(queue_, queue_bytes);
}

bool buffer_ring::make_queue() noexcept {
  void* const place = ::mmap(nullptr, queue_bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (place == MAP_FAILED) return false;
  queue_ = static_cast<io_uring_buf_ring*>(place);
  ::io_uring_buf_ring_init(queue_);
  return true;
}

io_uring_buf_reg buffer_ring::registration() const noexcept {
  io_uring_buf_reg about{};
  about.ring_addr = reinterpret_cast<std::uint64_t>(queue_);
  about.ring_entries = size;
  about.bgid = receive_group;
  return about;
}

void buffer_ring::fill() noexcept {
  int added = 0;
  while (held_ < wanted_) {
    std::byte* const memory = lender_.pool()->take();
    if (memory == nullptr) break;
    const unsigned number = lender_.pool()->number_of(memory);
    ::io_uring_buf_ring_add(queue_, memory, detail::buffer_pool::buffer_size,
                            static_cast<unsigned short>(number), size - 1, added++);
    is_held_.set(number);
    ++held_;
  }
  if (added != 0) ::io_uring_buf_ring_advance(queue_, added);
}

bool buffer_ring::prepare(receive_operation& op) noexcept {
  if (is(op, waits_for_readiness)) return true;
  if (is(op, has_own_memory)) return lender_.lend(op);
  ran_out_ = false;
  if (held_ < wanted_) fill();
  return true;
}

detail::lent_buffer buffer_ring::taken(const io_uring_cqe& cqe) noexcept {
  const unsigned number = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
  TRIDEM_ASSERT(number < size && is_held_.test(number),
                "io_uring answered with a buffer that it does not hold");
  is_held_.reset(number);
  --held_;
  return {lender_.pool()->buffer(number), lender_.pool()};
}

std::int32_t buffer_ring::answer(receive_operation& op, const io_uring_cqe& cqe) noexcept {
  if (is(op, waits_for_readiness)) return cqe.res;
  // Also of one that was cancelled, or failed: then it goes back here.
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) op.buffer = taken(cqe);
  if (cqe.res <= 0) op.buffer = {};
  if (cqe.res != -ENOBUFS || is(op, has_own_memory)) return cqe.res;
  // Once for all that came in one turn.
  if (!std::exchange(ran_out_, true)) wanted_ = std::min(wanted_ * 2, size);
  if (!lender_.pool()->is_empty() || held_ != 0) return -EINTR;
  set(op, has_own_memory, true);
  return -EAGAIN;
}

}  // namespace tridem::uring
