// SPDX-License-Identifier: MIT
// The operations of mp::queue, in both ways of waiting.
#include "pool/mp/message_ring.hpp"
#include "pool/mp/waiting.hpp"

#include <tridem/pool/detail/mp_queue_core.hpp>
#include <tridem/pool/errors.hpp>

#include <stdexcept>
#include <string>

namespace tridem::detail {

namespace {

constexpr std::size_t most_items = std::size_t{1} << 20;
constexpr std::size_t most_bytes = std::size_t{1} << 40;
constexpr std::size_t bells = 3;

void check_size(mp_block& block, const mp_message& item) {
  const std::size_t limit = message_ring(block).arena_bytes();
  if (item.bytes().size() > limit) {
    throw message_too_large("an mp::queue", item.bytes().size(), limit);
  }
}

auto putting(mp_block& block, const mp_message& item, message_ring::outcome& into) {
  return
      [&block, &item, &into](care how) { return message_ring(block).put(item.bytes(), how, into); };
}

auto getting(mp_block& block, std::optional<mp_message>& into, message_ring::outcome& ended) {
  return [&block, &into, &ended](care how) { return message_ring(block).get(into, how, ended); };
}

// How often a `try_` looks again when another process is in the middle of a put or a get.
constexpr int try_spin = 2000;

/// Tries, also on the thread of a loop: the gate is held for moments, unless its holder was
/// stopped.
template <class Attempt>
void try_now(const Attempt& attempt, turnstile gate) {
  for (int i = 0; i < try_spin; ++i) {
    if (attempt(care::quick) != gate) return;
    pause();
  }
  (void)attempt(care::thorough);
}

}  // namespace

mp_message encode_message(const encodable& item) {
  message_writer measure;
  item.encode(measure);
  if (!measure.attachments().empty()) {
    throw std::invalid_argument(
        "an item of an mp::queue cannot carry shared memory or other objects of tridem::mp; pass "
        "them as arguments of the call, or through an mp::pipe");
  }
  mp_message message(measure.size());
  message_writer out(message.bytes());
  item.encode(out);
  return message;
}

mp_queue_core::mp_queue_core(std::size_t capacity, std::size_t bytes)
    : mp_queue_core([&] {
        if (capacity == 0 || capacity > most_items || bytes > most_bytes) {
          throw std::length_error("mp::queue: a capacity of " + std::to_string(capacity) +
                                  " items and " + std::to_string(bytes) +
                                  " bytes, where 1 to 2^20 items and at most 2^40 bytes are "
                                  "possible");
        }
        // Room for one item at least that does not fit into its cell.
        const std::size_t arena = (bytes + 4095) / 4096 * 4096 + 4096;
        return mp_block::create(mp_kind::queue, capacity, message_ring::size_for(capacity, arena),
                                bells,
                                {{offsetof(ring_layout, gate) + offsetof(lock_words, freed), 0},
                                 {offsetof(ring_layout, items), 1},
                                 {offsetof(ring_layout, room), 2},
                                 {offsetof(ring_layout, joined), 2}});
      }()) {}

std::shared_ptr<mp_block> mp_queue_core::read_block(message_reader& in) {
  auto block = mp_block::read(in, mp_kind::queue, bells);
  if (!message_ring(*block).is_sound()) in.fail("a queue of a wrong size");
  return block;
}

std::size_t mp_queue_core::size() const noexcept {
  return message_ring(*block_).size();
}

bool mp_queue_core::is_closed() const noexcept {
  return message_ring(*block_).is_closed();
}

void mp_queue_core::close() const noexcept {
  message_ring(*block_).close();
}

task<bool> mp_queue_core::put_task(std::shared_ptr<mp_block> block, mp_message item) {
  check_size(*block, item);
  auto how_it_ended = message_ring::outcome::open;
  auto attempt = putting(*block, item, how_it_ended);
  co_await await_until(attempt);
  co_return how_it_ended == message_ring::outcome::done;
}

bool mp_queue_core::put_now(const mp_message& item) const {
  check_size(*block_, item);
  auto how_it_ended = message_ring::outcome::open;
  block_until(putting(*block_, item, how_it_ended));
  return how_it_ended == message_ring::outcome::done;
}

task<std::optional<mp_message>> mp_queue_core::get_task(std::shared_ptr<mp_block> block) {
  std::optional<mp_message> item;
  auto how_it_ended = message_ring::outcome::open;
  auto attempt = getting(*block, item, how_it_ended);
  co_await await_until(attempt);
  co_return std::move(item);
}

std::optional<mp_message> mp_queue_core::get_now() const {
  std::optional<mp_message> item;
  auto how_it_ended = message_ring::outcome::open;
  block_until(getting(*block_, item, how_it_ended));
  return item;
}

bool mp_queue_core::try_put_now(const mp_message& item) const {
  check_size(*block_, item);
  auto how_it_ended = message_ring::outcome::open;
  try_now(putting(*block_, item, how_it_ended), message_ring(*block_).gate_place());
  return how_it_ended == message_ring::outcome::done;
}

std::optional<mp_message> mp_queue_core::try_get_now() const {
  std::optional<mp_message> item;
  auto how_it_ended = message_ring::outcome::open;
  try_now(getting(*block_, item, how_it_ended), message_ring(*block_).gate_place());
  return item;
}

void mp_queue_core::task_done() const noexcept {
  message_ring(*block_).task_done();
}

task<> mp_queue_core::join_task(std::shared_ptr<mp_block> block) {
  auto joining = [&block](care how) { return message_ring(*block).join(how); };
  co_await await_until(joining);
}

task<> mp_queue_core::join() const {
  return join_task(block_);
}

void mp_queue_core::join_blocking() const {
  block_until([this](care how) { return message_ring(*block_).join(how); });
}

}  // namespace tridem::detail
