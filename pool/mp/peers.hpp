// SPDX-License-Identifier: MIT
// The processes that share an object, and how one of them hears of the death of another.
//
// Each process that has a handle stands in a table behind the object. Before it does anything, it
// enters itself and wakes everybody who sleeps, so that
//   whoever sleeps for long watches every process that could change the object, or wake a sleeper.
// A death makes all sleepers of this process look thoroughly; each process watches for itself.
#pragma once

#include "pool/mp/turnstile.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/detail/process_identity.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace tridem::detail {

/// The table in shared memory; zero at first.
struct peer_table {
  static constexpr std::size_t most_peers = 128;
  static constexpr std::size_t most_turnstiles = 4;

  std::atomic<std::uint32_t> version;     // grows when somebody has joined
  std::atomic<std::uint32_t> is_crowded;  // there was no place for somebody
  mp_turnstile_place turnstiles[most_turnstiles];
  std::atomic<std::uint32_t> turnstile_count;
  std::uint32_t reserved;
  std::atomic<std::uint64_t> who[most_peers];  // process identities
};
static_assert(sizeof(peer_table) % 8 == 0);

/// What this process knows of the others. Threads: any.
class mp_peers {
 public:
  explicit mp_peers(mp_block& block) noexcept : block_(block) {}
  mp_peers(const mp_peers&) = delete;
  mp_peers& operator=(const mp_peers&) = delete;

  /// Says where others may sleep; for whoever makes the object.
  void lay_out(std::span<const mp_turnstile_place> turnstiles) noexcept;
  /// Enters this process, unless it stands there already.
  void join() noexcept;

  /// Watches all others. False when that is not possible: too many, no descriptors, a sandbox.
  ///
  /// Cost: one load, unless somebody has joined since the last time.
  [[nodiscard]] bool watch() noexcept;
  /// Readable when one of those watched has died; after the first `watch` that was true.
  [[nodiscard]] int deaths_event() const noexcept { return events_.get(); }
  /// How many deaths this process has noticed.
  [[nodiscard]] std::uint64_t deaths() const noexcept { return deaths_.load(); }
  /// Takes note of those who have died, and wakes all who sleep at this object.
  void note_deaths() noexcept;

 private:
  [[nodiscard]] peer_table& table() const noexcept;
  bool enter(std::uint64_t me) noexcept;
  bool add(process_identity who) noexcept;
  void wake_everybody() const noexcept;

  struct peer {
    process_identity who;
    descriptor pidfd;  // empty: dead
  };

  mp_block& block_;
  std::mutex mutex_;
  descriptor events_;          // an epoll of pidfds
  std::vector<peer> watched_;  // guarded by mutex_
  std::atomic<std::uint32_t> seen_version_{0};
  std::atomic<std::uint64_t> deaths_{0};
};

}  // namespace tridem::detail
