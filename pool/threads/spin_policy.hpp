// SPDX-License-Identifier: MIT
// When it is worth to look again for a while instead of sleeping.
#pragma once

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
  void miss() noexcept {
    if (misses_ < misses_before_rest) ++misses_;
  }

 private:
  static constexpr int misses_before_rest = 4;
  static constexpr unsigned rest = 32;
  int misses_ = 0;
  unsigned skipped_ = 0;
};

}  // namespace tridem::detail
