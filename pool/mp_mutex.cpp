// SPDX-License-Identifier: MIT
// mp::mutex over a lock in shared memory.
#include "pool/mp/lock.hpp"

#include <tridem/pool/mp_mutex.hpp>

namespace tridem::mp {

using detail::care;
using detail::inheritance;
using detail::mp_block;

namespace {

/// An attempt to lock, for both ways of waiting. Keeps the object in place.
auto locking(std::shared_ptr<mp_block> block, bool recovering) {
  const auto what = recovering ? inheritance::taken : inheritance::refused;
  return [block = std::move(block), what](care how) {
    return detail::lock_of(*block).attempt(how, what);
  };
}

}  // namespace

mutex::mutex()
    : mutex(mp_block::create(detail::mp_kind::mutex, 0, detail::protected_at, 1,
                             {detail::lock_freed_place})) {}

std::shared_ptr<mp_block> mutex::read_block(message_reader& in) {
  auto block = mp_block::read(in, detail::mp_kind::mutex, 1);
  if (block->size() < detail::protected_at) in.fail("a mutex that is too small");
  return block;
}

task<mutex::guard> mutex::lock_task(std::shared_ptr<mp_block> block, bool recovering) {
  auto attempt = locking(block, recovering);
  co_await detail::await_until(attempt);
  co_return guard(std::move(block));
}

task<mutex::guard> mutex::lock() const {
  return lock_task(block_, false);
}

mutex::guard mutex::lock_blocking() const {
  detail::block_until(locking(block_, false));
  return guard(block_);
}

task<mutex::guard> mutex::recover() const {
  return lock_task(block_, true);
}

mutex::guard mutex::recover_blocking() const {
  detail::block_until(locking(block_, true));
  return guard(block_);
}

mutex::guard mutex::lock_regardless() const {
  detail::block_until(locking(block_, false), detail::heed::no);
  return guard(block_);
}

std::optional<mutex::guard> mutex::try_lock() const {
  // Thorough: whoever only ever tries would never sleep for a beat, and never hear of a death.
  const auto place = detail::lock_of(*block_).attempt(care::thorough, inheritance::refused);
  if (place) return std::nullopt;
  return guard(block_);
}

void mutex::guard::unlock() noexcept {
  if (const auto held = std::exchange(held_, nullptr)) detail::lock_of(*held).unlock();
}

}  // namespace tridem::mp
