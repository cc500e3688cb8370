// SPDX-License-Identifier: MIT
// The futex on which idle threads sleep.
#include "pool/threads/sleepers.hpp"

#include <cerrno>
#include <chrono>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tridem::detail {
namespace {

// False when `limit` has passed; zero is for ever.
bool futex_wait(std::atomic<std::uint32_t>& word, duration limit) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  const ::timespec span{.tv_sec = seconds.count(), .tv_nsec = (limit - seconds).count()};
  const long result = ::syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0,
                                limit > duration::zero() ? &span : nullptr, nullptr, 0);
  return result == 0 || errno != ETIMEDOUT;
}

void futex_wake(std::atomic<std::uint32_t>& word, std::uint32_t count) noexcept {
  (void)::syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, nullptr, 0);
}

}  // namespace

sleepers::answer sleepers::call_one(bool may_start) noexcept {
  std::uint64_t state = state_.load(std::memory_order_seq_cst);
  for (;;) {
    if (searching_in(state) != 0) return answer::somebody_comes;
    if (sleeping_in(state) != 0) {
      if (!state_.compare_exchange_weak(state, state - one_sleeping + one_searching,
                                        std::memory_order_seq_cst)) {
        continue;
      }
      tokens_.fetch_add(1, std::memory_order_seq_cst);
      futex_wake(tokens_, 1);
      return answer::somebody_comes;
    }
    if (!may_start) return answer::nobody_is_left;
    if (state_.compare_exchange_weak(state, state + one_searching, std::memory_order_seq_cst)) {
      return answer::start_one;
    }
  }
}

// A thread that goes to sleep at this moment looks for jobs afterwards, and finds the queue closed.
void sleepers::wake_all() noexcept {
  std::uint64_t state = state_.load(std::memory_order_seq_cst);
  while (const std::uint64_t sleeping = sleeping_in(state)) {
    if (state_.compare_exchange_weak(state, state - sleeping * (one_sleeping - one_searching),
                                     std::memory_order_seq_cst)) {
      tokens_.fetch_add(static_cast<std::uint32_t>(sleeping), std::memory_order_seq_cst);
      futex_wake(tokens_, static_cast<std::uint32_t>(sleeping));
      return;
    }
  }
}

bool sleepers::take_back() noexcept {
  std::uint64_t state = state_.load(std::memory_order_seq_cst);
  while (sleeping_in(state) != 0) {
    if (state_.compare_exchange_weak(state, state - one_sleeping + one_searching,
                                     std::memory_order_seq_cst)) {
      return true;
    }
  }
  return false;
}

bool sleepers::take_token() noexcept {
  std::uint32_t tokens = tokens_.load(std::memory_order_seq_cst);
  while (tokens != 0) {
    if (tokens_.compare_exchange_weak(tokens, tokens - 1, std::memory_order_seq_cst)) return true;
  }
  return false;
}

bool sleepers::wait(duration limit) noexcept {
  for (;;) {
    if (take_token()) return true;
    if (futex_wait(tokens_, limit)) continue;
    if (take_back()) return false;
    // Called at the last moment: the token is there, or about to be.
    limit = duration::zero();
  }
}

}  // namespace tridem::detail
