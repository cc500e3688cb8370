// SPDX-License-Identifier: MIT
// Waiting for a word that two processes share, and waking whoever waits for it.
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tridem::detail {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4 &&
              std::atomic<std::uint32_t>::is_always_lock_free);

/// Sleeps while `word` is `expected`; may return early.
inline void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
  (void)::syscall(SYS_futex, &word, FUTEX_WAIT, expected, nullptr, nullptr, 0);
}

/// The same, but no longer than `most`. False when it was as long.
inline bool futex_wait_for(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                           std::chrono::milliseconds most) noexcept {
  const ::timespec time{most.count() / 1000, most.count() % 1000 * 1'000'000};
  return ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &time, nullptr, 0) == 0 ||
         errno != ETIMEDOUT;
}

/// Wakes one that sleeps on `word`.
inline void futex_wake(const std::atomic<std::uint32_t>& word) noexcept {
  (void)::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace tridem::detail
