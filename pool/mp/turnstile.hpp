// SPDX-License-Identifier: MIT
// Where processes and loops sleep until a piece of shared memory has changed.
//
// The protocol, for whoever waits:                  and for whoever has changed something:
//   1 enter: read the ticket, say that one sleeps     1 change it
//   2 look once more                                  2 does anybody sleep? (else that is all)
//   3 sleep while the ticket is the same              3 a new ticket, then wake
// Step 1 before 2 on the one side and 1 before 2 on the other, all sequentially consistent: either
// the sleeper sees the change, or the waker sees the sleeper.
//
// No wake-up is relied upon. A process can die after a wake-up was spent on it and before it acts,
// or between a change and its wake-up; so nobody sleeps long without watching over the others: see
// peers.hpp.
#pragma once

#include <tridem/io/doorbell.hpp>
#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/runtime/time.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tridem::detail {

/// How long one sleeps before it takes the trouble to watch the others.
inline constexpr duration first_sleep = std::chrono::milliseconds(10);

/// The longest sleep between two looks of those who cannot watch the others.
inline constexpr duration beat = std::chrono::milliseconds(100);

/// The words in shared memory; zero at first.
struct turnstile_words {
  std::atomic<std::uint32_t> ticket;          // the futex
  std::atomic<std::uint32_t> futex_entered;   // how often one entered to sleep at the futex
  std::atomic<std::uint32_t> event_sleepers;  // how many wait for the eventfd
  std::atomic<std::uint32_t> futex_quiet;     // what `futex_entered` was when nobody slept
};

/// A turnstile as this process sees it. Cheap to copy; null for "no need to sleep".
class turnstile {
 public:
  turnstile() noexcept = default;
  /// @param bell  With an eventfd of EFD_SEMAPHORE | EFD_NONBLOCK, for those who wait for more than
  ///              a futex.
  turnstile(turnstile_words& words, mp_bell bell) noexcept : words_(&words), bell_(bell) {}

  explicit operator bool() const noexcept { return words_ != nullptr; }
  bool operator==(const turnstile&) const = default;

  /// Announces a sleeper; look once more afterwards. @returns the ticket to sleep with.
  [[nodiscard]] std::uint32_t enter(doorbell_kind how) const noexcept;
  /// Blocks the thread until there is a new ticket, at most for `most`. True if there is one.
  bool sleep(std::uint32_t ticket, duration most) const noexcept;
  /// Whether there is a newer ticket.
  [[nodiscard]] bool has_moved_on(std::uint32_t ticket) const noexcept {
    return words_->ticket.load() != ticket;
  }

  /// False when nobody sleeps; true when somebody may.
  [[nodiscard]] bool has_sleepers() const noexcept {
    return words_->futex_entered.load() != words_->futex_quiet.load() ||
           words_->event_sleepers.load() != 0;
  }
  /// Wakes one sleeper at least, if there is any.
  void wake_one() const noexcept;
  void wake_all() const noexcept;

  [[nodiscard]] turnstile_words& words() const noexcept { return *words_; }
  [[nodiscard]] int event() const noexcept { return bell_.event; }
  [[nodiscard]] mp_peers& peers() const noexcept { return *bell_.peers; }

 private:
  int wake_futexes(int most) const noexcept;

  turnstile_words* words_ = nullptr;
  mp_bell bell_;
};

}  // namespace tridem::detail
