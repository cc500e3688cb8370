// SPDX-License-Identifier: MIT
// Looking again for a moment before sleeping: waking a halted core costs more than most answers
// take to come.
#pragma once

#include <tridem/runtime/time.hpp>

#include <algorithm>
#include <atomic>
#include <unistd.h>

namespace tridem::uring {

/// Decides from what the last waits were like whether it is worth to look again before sleeping,
/// and does it.
///
/// It looks only after waits that were short, and each time it looked in vain it asks for twice as
/// many of these before it does so again: a loop that idles, or whose partner needs this very CPU,
/// soon sleeps at once. In the whole process one CPU at least is left to others.
class adaptive_spin {
 public:
  explicit adaptive_spin(duration budget) noexcept : budget_(budget) {}

  /// The last waits were short enough to look before the next.
  [[nodiscard]] bool expects_answer() const noexcept {
    return short_waits_ >= asked_for_ && budget_ > duration::zero();
  }

  /// Looks until `arrived()`, for `budget` and not beyond `latest`. True when something has
  /// arrived.
  template <class Arrived>
  [[nodiscard]] bool look(Arrived arrived, time_point latest) noexcept {
    if (!take_turn()) return false;
    const time_point until = std::min(clock::now() + budget_, latest);
    bool came = false;
    do {
      for (int i = 0; i < looks_per_clock && !came; ++i) {
        __builtin_ia32_pause();
        came = arrived();
      }
    } while (!came && clock::now() < until);
    spinning.fetch_sub(1, std::memory_order_relaxed);
    if (came) {
      asked_for_ = std::max(asked_for_ / 2, 1);
    } else {
      asked_for_ = std::min(asked_for_ * 2, asked_for_max);
      short_waits_ = 0;
    }
    return came;
  }

  /// A wait in the kernel is over that took `how_long`.
  void slept(duration how_long) noexcept {
    short_waits_ = how_long <= short_wait ? std::min(short_waits_ + 1, asked_for_max) : 0;
  }

 private:
  static constexpr int looks_per_clock = 8;
  static constexpr int asked_for_max = 64;
  // An answer that is there after 20 us is seen after 90 by a thread whose core was halted.
  static constexpr duration short_wait = std::chrono::microseconds(150);

  [[nodiscard]] static bool take_turn() noexcept {
    static const long others_max = ::sysconf(_SC_NPROCESSORS_ONLN) - 1;
    if (spinning.fetch_add(1, std::memory_order_relaxed) < others_max) return true;
    spinning.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  static inline constinit std::atomic<long> spinning{0};

  const duration budget_;
  int short_waits_ = 0;
  int asked_for_ = 1;
};

}  // namespace tridem::uring
