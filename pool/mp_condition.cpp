// SPDX-License-Identifier: MIT
// A word that counts notifications; a wait ends when it has changed.
#include "pool/mp/waiting.hpp"

#include <tridem/pool/mp_condition.hpp>
#include <tridem/runtime/shield.hpp>

#include <atomic>
#include <cstddef>
#include <exception>

namespace tridem::mp {

using detail::care;
using detail::mp_block;
using detail::turnstile;

namespace {

struct layout {
  detail::mp_header header;
  detail::turnstile_words notified;
  std::atomic<std::uint32_t> count;
  std::uint32_t reserved;
};

/// Waits for the first notification after now. Made while the lock is held, so that none is missed.
auto waiting(const std::shared_ptr<mp_block>& block) {
  auto& words = block->as<layout>();
  return [block, before = words.count.load()](care) {
    auto& shared = block->as<layout>();
    if (shared.count.load() != before) return turnstile();
    return turnstile(shared.notified, block->bell(0));
  };
}

}  // namespace

condition::condition()
    : condition(mp_block::create(detail::mp_kind::condition, 0, sizeof(layout), 1,
                                 {{offsetof(layout, notified), 0}})) {}

std::shared_ptr<mp_block> condition::read_block(message_reader& in) {
  auto block = mp_block::read(in, detail::mp_kind::condition, 1);
  if (block->size() != sizeof(layout)) in.fail("a condition of a wrong size");
  return block;
}

void condition::notify(std::size_t count) const noexcept {
  if (count == 0) return;
  auto& words = block_->as<layout>();
  words.count.fetch_add(1);
  const turnstile waiting(words.notified, block_->bell(0));
  for (; count != 0 && waiting.has_sleepers(); --count) waiting.wake_one();
}

void condition::notify_all() const noexcept {
  auto& words = block_->as<layout>();
  words.count.fetch_add(1);
  turnstile(words.notified, block_->bell(0)).wake_all();
}

task<> condition::wait_task(condition self, mutex::guard& held) {
  const mutex lock(held.held_);
  auto notified = waiting(self.block_);
  held.unlock();
  std::exception_ptr cut;
  try {
    co_await detail::await_until(notified);
  } catch (...) {
    cut = std::current_exception();
  }
  held = co_await shield(lock.lock());
  if (cut) std::rethrow_exception(cut);
}

task<> condition::wait(mutex::guard& held) const {
  return wait_task(*this, held);
}

void condition::wait_blocking(mutex::guard& held) const {
  const mutex lock(held.held_);
  auto notified = waiting(block_);
  held.unlock();
  std::exception_ptr cut;
  try {
    detail::block_until(std::move(notified));
  } catch (...) {
    cut = std::current_exception();
  }
  // Told to stop, the caller gets the lock nevertheless: its guard must hold what it says.
  held = lock.lock_regardless();
  if (cut) std::rethrow_exception(cut);
}

}  // namespace tridem::mp
