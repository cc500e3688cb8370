// SPDX-License-Identifier: MIT
// Putting and taking messages, in an order in which a death at any point does no harm.
#include "pool/mp/message_ring.hpp"

#include <tridem/pool/mp_errors.hpp>

#include <cstring>
#include <string>

namespace tridem::detail {

/// Unlocks the gate however it is left.
class message_ring::gate_guard {
 public:
  explicit gate_guard(process_lock held) noexcept : held_(held) {}
  gate_guard(const gate_guard&) = delete;
  ~gate_guard() { held_.unlock(); }

 private:
  process_lock held_;
};

bool message_ring::is_sound() const noexcept {
  return block_->size() >= cells_at && capacity() != 0 &&
         capacity() <= (block_->size() - cells_at) / sizeof(message_cell);
}

// Of what the memory has, not of what stands in it: others can write there.
std::uint64_t message_ring::arena_bytes() const noexcept {
  return block_->size() - cells_at - capacity() * sizeof(message_cell);
}

std::size_t message_ring::size() const noexcept {
  const std::uint64_t tail = words_->tail.load();
  const std::uint64_t head = words_->head.load();
  return static_cast<std::size_t>(head - tail);
}

message_cell& message_ring::cell(std::uint64_t number) const noexcept {
  return reinterpret_cast<message_cell*>(block_->at(cells_at))[number % capacity()];
}

std::byte* message_ring::arena() const noexcept {
  return block_->at(cells_at + capacity() * sizeof(message_cell));
}

void message_ring::close() noexcept {
  words_->closed.store(1);
  items().wake_all();
  room().wake_all();
}

/// Where in the arena `size` bytes can go, 0 or more; empty when there is no room now.
std::optional<std::uint64_t> message_ring::place_for(std::size_t size) const noexcept {
  const std::uint64_t tail = words_->tail.load();
  const std::uint64_t head = words_->head.load();
  // Starting over at the front keeps using the same pages.
  if (tail == head) return 0;
  const std::uint64_t all = arena_bytes();
  const message_cell& newest = cell(head - 1);
  std::uint64_t begin = newest.begin + newest.in_arena();
  if (size == 0) return begin;
  begin = (begin + 63) / 64 * 64;
  if (begin % all + size > all) begin += all - begin % all;
  if (begin + size - cell(tail).begin > all) return std::nullopt;
  // Only if somebody has written nonsense into a cell.
  if (begin % all > all - size) return std::nullopt;
  return begin;
}

turnstile message_ring::put(std::span<const std::byte> item, care how, outcome& into) {
  into = outcome::open;
  if (is_closed()) {
    into = outcome::closed;
    return {};
  }
  if (size() >= capacity()) return room();
  if (const turnstile busy = gate().attempt(how, inheritance::taken)) return busy;
  {
    const gate_guard inside(gate());
    if (is_closed()) {
      into = outcome::closed;
      return {};
    }
    const std::uint64_t head = words_->head.load();
    if (head - words_->tail.load() >= capacity()) return room();
    message_cell& next = cell(head);
    const bool is_small = item.size() <= sizeof(next.inside);
    const auto begin = place_for(is_small ? 0 : item.size());
    if (!begin) return room();
    std::byte* to = is_small ? next.inside : arena() + *begin % arena_bytes();
    if (!item.empty()) std::memcpy(to, item.data(), item.size());
    next.begin = *begin;
    next.size = item.size();
    words_->head.store(head + 1);
  }
  into = outcome::done;
  items().wake_one();
  return {};
}

mp_message message_ring::copy_out(const message_cell& shared) const {
  const std::uint64_t size = shared.size;
  const std::uint64_t begin = shared.begin;
  const std::uint64_t all = arena_bytes();
  const bool is_small = size <= sizeof(shared.inside);
  if (!is_small && (size > all || begin % all > all - size)) {
    throw malformed_message("malformed message: an item of an mp::queue that leaves its memory");
  }
  mp_message copy(size);
  if (size != 0) {
    std::memcpy(copy.bytes().data(), is_small ? shared.inside : arena() + begin % all, size);
  }
  return copy;
}

turnstile message_ring::get(std::optional<mp_message>& into, care how, outcome& ended) {
  ended = outcome::open;
  // Closed before empty: what was put before the end is seen.
  const bool is_last = is_closed();
  if (size() == 0) {
    if (!is_last) return items();
    ended = outcome::closed;
    return {};
  }
  if (const turnstile busy = gate().attempt(how, inheritance::taken)) return busy;
  bool is_more = false;
  {
    const gate_guard inside(gate());
    const std::uint64_t tail = words_->tail.load();
    const std::uint64_t head = words_->head.load();
    if (tail == head) {
      if (!is_last) return items();
      ended = outcome::closed;
      return {};
    }
    into.emplace(copy_out(cell(tail)));
    // Before the item is gone: a death in between counts one too many, and one item none too few.
    if (message_taker* mine = own_entry(true)) mine->open.fetch_add(1);
    words_->tail.store(tail + 1);
    is_more = head - tail > 1;
  }
  ended = outcome::done;
  room().wake_one();
  // A getter that was woken for an earlier item, and died, must not hold this one up.
  if (is_more) items().wake_one();
  return {};
}

message_taker* message_ring::own_entry(bool make) noexcept {
  const auto me = static_cast<std::uint64_t>(this_process());
  message_taker* vacant = nullptr;
  for (message_taker& each : words_->takers) {
    const std::uint64_t who = each.who.load();
    if (who == me) return &each;
    if (vacant == nullptr && (who == 0 || each.open.load() == 0)) vacant = &each;
    if (who == 0) break;
  }
  if (!make || vacant == nullptr) return nullptr;
  vacant->who.store(me);
  return vacant;
}

void message_ring::task_done() noexcept {
  if (message_taker* mine = own_entry(false)) {
    std::uint64_t open = mine->open.load();
    while (open != 0 && !mine->open.compare_exchange_weak(open, open - 1)) {
    }
  }
  if (words_->done.fetch_add(1) + 1 >= words_->head.load()) joined().wake_all();
}

turnstile message_ring::join(care how) {
  if (words_->done.load() >= words_->head.load()) return {};
  if (how == care::thorough) {
    for (const message_taker& each : words_->takers) {
      const auto who = static_cast<process_identity>(each.who.load());
      if (who == process_identity::nobody) break;
      if (each.open.load() == 0 || is_alive(who)) continue;
      throw mp::owner_died("queue between processes: process " + std::to_string(pid_of(who)) +
                           " died before it had called task_done for " +
                           std::to_string(each.open.load()) + " items that it had taken");
    }
  }
  return joined();
}

}  // namespace tridem::detail
