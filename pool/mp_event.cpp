// SPDX-License-Identifier: MIT
// A word that counts how often the event was set, and whether it is.
#include "pool/mp/waiting.hpp"

#include <tridem/pool/mp_event.hpp>

#include <atomic>
#include <cstddef>

namespace tridem::mp {

using detail::care;
using detail::mp_block;
using detail::turnstile;

namespace {

constexpr std::uint32_t set_bit = 1;
constexpr std::uint32_t one_time = 2;

struct layout {
  detail::mp_header header;
  detail::turnstile_words changed;
  std::atomic<std::uint32_t> state;  // set_bit, and the number of times it was set
  std::uint32_t reserved;
};

std::uint32_t state_of(mp_block& block) noexcept {
  return block.as<layout>().state.load();
}

/// Done when it is set, or was set since `before`.
turnstile attempt(mp_block& block, std::uint32_t before) noexcept {
  const std::uint32_t now = state_of(block);
  if ((now & set_bit) != 0 || now != before) return {};
  return {block.as<layout>().changed, block.bell(0)};
}

}  // namespace

event::event()
    : event(mp_block::create(detail::mp_kind::event, 0, sizeof(layout), 1,
                             {{offsetof(layout, changed), 0}})) {}

std::shared_ptr<mp_block> event::read_block(message_reader& in) {
  auto block = mp_block::read(in, detail::mp_kind::event, 1);
  if (block->size() != sizeof(layout)) in.fail("an event of a wrong size");
  return block;
}

void event::set() const noexcept {
  auto& words = block_->as<layout>();
  std::uint32_t now = words.state.load();
  do {
    if ((now & set_bit) != 0) return;
  } while (!words.state.compare_exchange_weak(now, (now + one_time) | set_bit));
  turnstile(words.changed, block_->bell(0)).wake_all();
}

void event::clear() const noexcept {
  block_->as<layout>().state.fetch_and(~set_bit);
}

bool event::is_set() const noexcept {
  return (state_of(*block_) & set_bit) != 0;
}

task<> event::wait_task(std::shared_ptr<mp_block> block) {
  auto waiting = [&block, before = state_of(*block)](care) { return attempt(*block, before); };
  co_await detail::await_until(waiting);
}

task<> event::wait() const {
  return wait_task(block_);
}

void event::wait_blocking() const {
  detail::block_until(
      [this, before = state_of(*block_)](care) { return attempt(*block_, before); });
}

}  // namespace tridem::mp
