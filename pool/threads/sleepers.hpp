// SPDX-License-Identifier: MIT
// Who of a pool's threads sleeps, who searches, and the one wake-up that is made.
//
// A thread is busy, searching (looking for a job, or on its way there after a wake-up), or asleep.
// How many search and sleep stands in one word, `state_`.
//
// 1. Who has added a job wakes a thread only when none searches: the searcher will find the job.
// 2. Who takes a job and leaves others behind wakes the next, if none searches. So a burst of jobs
//    costs whoever submits it one wake-up, and the threads wake each other.
// 3. Who goes to sleep counts itself as asleep first and looks for jobs afterwards; who adds a job
//    adds it first and reads `state_` afterwards (both seq_cst): one of them sees the other.
// 4. A wake-up moves one of the sleepers to the searchers, and leaves a token in `tokens_`; which
//    of the sleepers takes it does not matter. A sleeper that gives up waiting moves itself to the
//    searchers; when it finds no sleeper to move, its wake-up is made already, and it takes a
//    token.
// 5. Where nobody sleeps and threads are lacking, one is started instead, as a searcher.
#pragma once

#include <tridem/runtime/time.hpp>

#include <atomic>
#include <cstdint>

namespace tridem::detail {

class sleepers {
 public:
  /// What a call for one more thread has led to.
  enum class answer : unsigned char {
    somebody_comes,  ///< One searches already, or was woken.
    nobody_is_left,  ///< All are busy.
    start_one,       ///< All are busy; the caller starts a thread, which counts as searching.
  };

  /// Calls for a thread that looks for jobs. Threads: any.
  answer call_one(bool may_start) noexcept;
  /// Wakes all that sleep. Threads: any.
  void wake_all() noexcept;

  /// What follows is called by the threads of the pool about themselves.
  void begin_search() noexcept { state_.fetch_add(one_searching, std::memory_order_seq_cst); }
  void end_search() noexcept { state_.fetch_sub(one_searching, std::memory_order_seq_cst); }

  /// Sleeps until it is called, for `limit` at most (zero: for ever). The thread searches when it
  /// comes back. False when nobody called.
  ///
  /// @param is_quiet  Whether there is still nothing to do; asked once the sleep has been
  ///                  announced.
  template <class IsQuiet>
  [[nodiscard]] bool sleep(bool searching, duration limit, IsQuiet is_quiet) noexcept {
    const std::uint64_t change = searching ? one_sleeping - one_searching : one_sleeping;
    state_.fetch_add(change, std::memory_order_seq_cst);
    if (!is_quiet() && take_back()) return true;
    return wait(limit);
  }

  [[nodiscard]] std::uint64_t searching() const noexcept {
    return searching_in(state_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::uint64_t sleeping() const noexcept {
    return sleeping_in(state_.load(std::memory_order_relaxed));
  }

 private:
  // Low half: threads that search; high half: threads that sleep.
  static constexpr std::uint64_t one_searching = 1;
  static constexpr std::uint64_t one_sleeping = std::uint64_t{1} << 32;
  static constexpr std::uint64_t searching_in(std::uint64_t state) noexcept {
    return state & 0xffff'ffff;
  }
  static constexpr std::uint64_t sleeping_in(std::uint64_t state) noexcept { return state >> 32; }

  /// Moves itself from the sleepers to the searchers. False when it was called already.
  [[nodiscard]] bool take_back() noexcept;
  [[nodiscard]] bool take_token() noexcept;
  [[nodiscard]] bool wait(duration limit) noexcept;

  // Partner of the work queue: seq_cst.
  alignas(64) std::atomic<std::uint64_t> state_{0};
  // Wake-ups that have not been taken; a futex.
  std::atomic<std::uint32_t> tokens_{0};
};

}  // namespace tridem::detail
