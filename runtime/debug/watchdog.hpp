// SPDX-License-Identifier: MIT
// The watchdog: a thread that notices when a loop does not come round, and says what holds it up.
//
// 1. A loop that is watched has a pulse: one word, which it writes twice a turn with relaxed
// stores.
//    Nothing is written or asked while a task is resumed.
// 2. The thread looks at all pulses at least four times in each span that counts as a stall. A
// pulse that has
//    not changed belongs to a turn that lasts; then, and only then, it asks the kernel what the
//    loop's thread is doing, and counts the time in which it computed or was blocked.
// 3. When all loops are asleep the thread sleeps too, without a time limit. It says so in `dormant`
//    before it looks a last time; a loop that wakes writes its pulse before it looks at `dormant`.
//    Both are seq_cst, so at least one sees the other. The loop that clears `dormant` pays for one
//    system call, and until the thread sleeps again no other does.
#pragma once

#include "runtime/debug/stall_report.hpp"
#include "runtime/debug/stall_sample.hpp"
#include "runtime/debug/thread_activity.hpp"

#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/time.hpp>

#include <atomic>
#include <cstdint>
#include <string>

namespace tridem::detail {

class loop_core;
class watchdog;
struct watched_loops_tag;

/// A loop under the watchdog's eyes. Made and destroyed on the loop's thread.
class watched_loop : public list_hook<watched_loops_tag> {
 public:
  /// @param threshold  How long a turn may last, more than zero.
  watched_loop(const loop_core& loop, std::string thread_name, duration threshold);
  watched_loop(const watched_loop&) = delete;
  watched_loop& operator=(const watched_loop&) = delete;
  ~watched_loop();

  // Threads: the loop's own only.
  void turn_begins() noexcept { beat_.store(beat_.load(relaxed) + one_turn, relaxed); }
  void falls_asleep() noexcept { beat_.store(beat_.load(relaxed) & ~awake, relaxed); }
  void wakes() noexcept {
    beat_.exchange((beat_.load(relaxed) + one_turn) | awake, std::memory_order_seq_cst);
    if (dormant.load(std::memory_order_seq_cst)) [[unlikely]]
      rouse();
  }

  /// The watchdog uses no processor until a loop wakes. Threads: any.
  [[nodiscard]] static bool is_watchdog_asleep() noexcept {
    return dormant.load(std::memory_order_seq_cst);
  }

 private:
  friend class watchdog;

  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr std::uint64_t awake = 1;
  static constexpr std::uint64_t one_turn = 2;
  static constinit std::atomic<bool> dormant;  ///< The watchdog sleeps until it is roused.
  static void rouse() noexcept;

  std::atomic<std::uint64_t> beat_{awake};
  const loop_core& loop_;
  const std::string thread_name_;
  const thread_identity thread_;
  const duration threshold_;

  // What the watchdog knows of the turn at hand; guarded by its mutex.
  std::uint64_t seen_beat_ = 0;
  time_point looked_{};
  thread_activity activity_;
  duration stalled_{};
  int levels_passed_ = 0;  // of those at which a stall is told
  bool is_told_ = false;
};

/// The number of threads that the library runs by itself at this moment: 1 while a loop is watched.
[[nodiscard]] int watchdog_threads() noexcept;

}  // namespace tridem::detail
