// SPDX-License-Identifier: MIT
// Who gets which memory to receive into.
#include "io/posix/lend.hpp"

#include <algorithm>
#include <new>
#include <sys/ioctl.h>

namespace tridem::detail {
namespace {

// What is there may grow until it is read, and what cannot be asked (a socket of an unknown kind)
// may have anything.
constexpr int least_own = 64;

}  // namespace

bool lender::lend(receive_operation& op) noexcept {
  if (buffer_pool* const from = pool()) {
    op.buffer = lent_buffer(from->take(), from);
    op.room = buffer_pool::buffer_size;
    if (op.buffer) return true;
  }
  int there = 0;
  if (::ioctl(op.fd, FIONREAD, &there) != 0) there = 0;
  constexpr int most = buffer_pool::buffer_size;
  op.room = static_cast<std::uint16_t>(std::clamp(there, least_own, most));
  op.buffer = lent_buffer(new (std::nothrow) std::byte[op.room], nullptr);
  return static_cast<bool>(op.buffer);
}

buffer_pool* lender::pool() noexcept {
  if (pool_ != nullptr) return pool_.get();
  try {
    pool_ = buffer_pool::make();
  } catch (const std::bad_alloc&) {
    // Memory may be there for the next operation.
  }
  return pool_.get();
}

}  // namespace tridem::detail
