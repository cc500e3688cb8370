// SPDX-License-Identifier: MIT
// What stands where in the memory that a parent and one worker share.
//
//   header | 256 request slots | 256 result slots | request arena | result arena
//
// Each ring has one writer and one reader. The writer fills the slot at `head`, then stores head +
// 1 (release); the reader has taken all below `tail`. A slot never changes between these two
// moments, except for `state`: a request is claimed by the worker or taken back by the parent,
// whoever comes first. So a call that was not claimed when its worker died can run elsewhere.
//
// Nothing in here is believed by the parent: slots are copied before they are checked, and every
// offset and size is compared with the memory there is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tridem::detail {

inline constexpr std::uint32_t ring_slots = 256;
inline constexpr std::size_t inline_bytes = 32;
/// Address space of each arena; its pages appear when they are first used.
inline constexpr std::size_t arena_bytes = std::size_t{64} << 20;
/// What an arena starts with; it grows by doubling, only under load.
inline constexpr std::size_t arena_first_bytes = std::size_t{1} << 20;
/// Larger messages travel as a block of shared memory of their own.
inline constexpr std::size_t largest_in_arena = arena_bytes / 4;
/// The largest of these blocks that its writer keeps for the next such message: 1 GiB of data, and
/// what a message has around them.
inline constexpr std::size_t largest_spare = (std::size_t{1} << 30) + (std::size_t{1} << 24);
/// For how long at least such a block is kept that no message needs; at most it is twice that.
inline constexpr std::chrono::seconds spare_lifetime{1};
/// SCM_MAX_FD of Linux is 253; one may be the message itself.
inline constexpr std::size_t max_descriptors = 250;

/// Who has a request. Written by compare-and-swap from `published`.
enum class slot_state : std::uint32_t { empty, published, claimed, taken_back };

/// Where the bytes of a message are.
enum class slot_place : std::uint16_t { in_slot, in_arena, attached };

/// What a result slot holds.
enum class result_kind : std::uint32_t { value = 1, exception = 2 };

/// One message: a call, or its result.
struct alignas(64) channel_slot {
  std::atomic<std::uint32_t> state;  ///< Requests: slot_state. Results: ns the call took, at most.
  std::uint32_t check;               ///< Over all that follows.
  std::uint64_t sequence;            ///< Numbers the requests from 1; a result names its request.
  std::uint32_t what;                ///< Requests: the job's index. Results: result_kind.
  slot_place place;
  std::uint16_t descriptors;  ///< How many came with it, the block of `attached` included.
  std::uint64_t size;         ///< Of the message, in bytes.
  alignas(32) std::byte inside[inline_bytes];  ///< The message itself, or its offset in the arena.

  [[nodiscard]] std::uint64_t arena_offset() const noexcept {
    std::uint64_t offset;
    std::memcpy(&offset, inside, sizeof(offset));
    return offset;
  }
  void set_arena_offset(std::uint64_t offset) noexcept {
    std::memcpy(inside, &offset, sizeof(offset));
  }

  /// Finds torn and stale slots; no defence against forgery, which the other checks are for.
  [[nodiscard]] std::uint32_t compute_check() const noexcept {
    std::uint64_t mixed = 0x9e3779b97f4a7c15u;
    std::uint64_t word;
    const auto* from = reinterpret_cast<const std::byte*>(this) + 8;
    for (int i = 0; i < 7; ++i, from += 8) {
      std::memcpy(&word, from, sizeof(word));
      mixed = (mixed ^ word) * 0xff51afd7ed558ccdu;
      mixed ^= mixed >> 32;
    }
    return static_cast<std::uint32_t>(mixed);
  }
};
static_assert(sizeof(channel_slot) == 64);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// The words by which both sides talk; each on a cache line of its own, named by its writer.
struct channel_header {
  alignas(64) std::atomic<std::uint64_t> request_head;  // parent
  alignas(64) std::atomic<std::uint64_t> request_tail;  // worker
  alignas(64) std::atomic<std::uint64_t> result_head;   // worker
  alignas(64) std::atomic<std::uint64_t> result_tail;   // parent
  /// The worker's futex: 1 from before it sleeps until somebody wakes it.
  alignas(64) std::atomic<std::uint32_t> worker_asleep;
  /// The request that is to stop, and a futex that changes with it.
  alignas(64) std::atomic<std::uint64_t> cancel_sequence;  // parent
  std::atomic<std::uint32_t> cancel_word;                  // parent
  std::atomic<std::uint32_t> closing;                      // parent: leave when there is no request
  std::atomic<std::uint64_t> most_kept;                    // parent: the largest block to keep
  alignas(64) std::atomic<std::uint32_t> worker_cpu;       // worker
  std::atomic<std::uint32_t> worker_spins;                 // worker: it is counted in the doorbell
  std::atomic<std::uint32_t> worker_ready;  // worker: its pid, once it has begun to look
};

struct channel_memory {
  channel_header header;
  channel_slot requests[ring_slots];
  channel_slot results[ring_slots];
};

inline constexpr std::size_t request_arena_at = 64 << 10;
inline constexpr std::size_t result_arena_at = request_arena_at + arena_bytes;
inline constexpr std::size_t channel_bytes = result_arena_at + arena_bytes;
static_assert(sizeof(channel_memory) <= request_arena_at);

/// What all workers of a pool share with their loop: how to wake it, and when not to.
struct doorbell_memory {
  /// 1 from before the loop sleeps until somebody rings.
  alignas(64) std::atomic<std::uint32_t> loop_asleep;
  /// The loop's futex where the kernel can wait for one in a ring; else the eventfd is rung.
  std::atomic<std::uint32_t> futex;
  std::atomic<std::uint32_t> use_futex;
  alignas(64) std::atomic<std::uint32_t> loop_cpu;
  std::atomic<std::uint32_t> spinners;      ///< Workers that spin now.
  std::atomic<std::uint32_t> max_spinners;  ///< One less than there are CPUs to run on.
};

}  // namespace tridem::detail
