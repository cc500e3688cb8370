// SPDX-License-Identifier: MIT
// The memory of an mp::queue: a ring of cells, and an arena for what does not fit into a cell.
//
// All changes are made by whoever holds the gate, a process_lock that is kept for the time of a
// copy. Of a put, the last store is that of `head`; of a get, that of `tail`. Before it, nothing
// has happened; after it, everything has. So when a process dies inside, the next one takes the
// gate over and goes on: there is nothing to repair.
//
//   put: copy the bytes behind the newest, write the cell, head + 1
//   get: copy the bytes of cell `tail` out, tail + 1: cell and bytes are free again
#pragma once

#include "pool/mp/lock.hpp"
#include "pool/mp/turnstile.hpp"

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/detail/mp_queue_core.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tridem::detail {

/// One item: where its bytes are.
struct message_cell {
  std::uint64_t begin;  ///< In the arena, counted from when the ring was empty last.
  std::uint64_t size;
  std::byte inside[48];

  [[nodiscard]] std::uint64_t in_arena() const noexcept {
    return size <= sizeof(inside) ? 0 : size;
  }
};
static_assert(sizeof(message_cell) == 64);

/// What a process has taken out and not yet answered by task_done.
struct message_taker {
  std::atomic<std::uint64_t> who;
  std::atomic<std::uint64_t> open;
};

struct ring_layout {
  static constexpr std::size_t most_takers = 128;

  mp_header header;  // parameter: the capacity
  std::uint64_t reserved;
  lock_words gate;
  std::atomic<std::uint64_t> head;  // items put
  std::atomic<std::uint64_t> tail;  // items taken
  std::atomic<std::uint64_t> done;  // items answered by task_done
  std::atomic<std::uint64_t> closed;
  turnstile_words items;   // getters wait here
  turnstile_words room;    // putters
  turnstile_words joined;  // those in join; shares the bell of `room`
  message_taker takers[most_takers];
};
inline constexpr std::size_t cells_at = (sizeof(ring_layout) + 63) / 64 * 64;

/// The ring as this process sees it. Believes nothing that could make it leave the memory.
class message_ring {
 public:
  explicit message_ring(mp_block& block) noexcept
      : block_(&block), words_(&block.as<ring_layout>()) {}

  static std::size_t size_for(std::size_t capacity, std::size_t arena_bytes) noexcept {
    return cells_at + capacity * sizeof(message_cell) + arena_bytes;
  }
  /// Whether the memory is as large as it says.
  [[nodiscard]] bool is_sound() const noexcept;
  [[nodiscard]] std::uint64_t arena_bytes() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool is_closed() const noexcept { return words_->closed.load() != 0; }
  void close() noexcept;
  void task_done() noexcept;

  /// Where an attempt is told to wait when another process is in the middle of a put or a get.
  [[nodiscard]] turnstile gate_place() const noexcept {
    return {words_->gate.freed, block_->bell(0)};
  }

  enum class outcome : unsigned char { open, done, closed };

  /// Each tries, and gives where to wait when it has to.
  turnstile put(std::span<const std::byte> item, care how, outcome& into);
  turnstile get(std::optional<mp_message>& into, care how, outcome& ended);
  /// Errors: mp::owner_died when a process died that had taken items and not answered them.
  turnstile join(care how);

 private:
  class gate_guard;

  [[nodiscard]] process_lock gate() const noexcept { return {words_->gate, block_->bell(0)}; }
  [[nodiscard]] turnstile items() const noexcept { return {words_->items, block_->bell(1)}; }
  [[nodiscard]] turnstile room() const noexcept { return {words_->room, block_->bell(2)}; }
  [[nodiscard]] turnstile joined() const noexcept { return {words_->joined, block_->bell(2)}; }
  [[nodiscard]] std::uint64_t capacity() const noexcept { return block_->parameter(); }
  [[nodiscard]] message_cell& cell(std::uint64_t number) const noexcept;
  [[nodiscard]] std::byte* arena() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> place_for(std::size_t size) const noexcept;
  mp_message copy_out(const message_cell& shared) const;
  message_taker* own_entry(bool make) noexcept;

  mp_block* block_;
  ring_layout* words_;
};

}  // namespace tridem::detail
