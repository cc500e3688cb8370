// SPDX-License-Identifier: MIT
// When it is worth to look again for a while instead of sleeping.
#pragma once

#include <utility>

namespace tridem::detail {

/// About the price of waking a thread on another CPU; what spins longer has lost.
inline constexpr int spin_ns = 20'000;

/// Gives up spinning where it does not help: after some misses only every 32nd occasion is used.
///
/// Threads: one.
class spin_policy {
 public:
  /// Whether to spin on this occasion.
  [[nodiscard]] bool try_now() noexcept {
    return misses_ < misses_before_rest || ++skipped_ % rest == 0;
  }
  void hit() noexcept { misses_ = 0; }
  /// What was found came with the `looks`-th look of this occasion.
  void hit_after(int looks) noexcept {
    hit();
    if (trial_in_ > 0) --trial_in_;
    lingered_ = lingers_;
    lingers_ = looks <= looks_in_a_stream && trial_in_ == 0;
  }
  /// Of what was found one was taken, and there was more, or not: who has let things gather in vain
  /// leaves it for a while. A partner that only answers is as quick as a stream, and alone.
  void found(bool more) noexcept {
    if (!std::exchange(lingered_, false) || more) return;
    lingers_ = false;
    trial_in_ = occasions_before_trial;
  }
  /// Things come one after the other in quick succession: better let some gather before the next
  /// look than take the cache line away from whoever is adding the next. 1000 jobs under way cost
  /// 0.6 of what they cost without.
  [[nodiscard]] bool lingers() const noexcept { return lingers_; }
  void miss() noexcept {
    if (misses_ < misses_before_rest) ++misses_;
  }

 private:
  static constexpr int misses_before_rest = 4;
  static constexpr unsigned rest = 32;
  static constexpr int looks_in_a_stream = 4;
  static constexpr int occasions_before_trial = 256;
  bool lingers_ = false;
  bool lingered_ = false;
  int trial_in_ = 0;
  int misses_ = 0;
  unsigned skipped_ = 0;
};

}  // namespace tridem::detail
