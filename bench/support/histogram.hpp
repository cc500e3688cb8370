// SPDX-License-Identifier: MIT
// A histogram of durations: 64 buckets per power of two, so that a quantile is exact to 1.6 %.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace bench {

class histogram {
 public:
  /// Cost: a few instructions, no allocation.
  void add(std::uint64_t ns) noexcept {
    ++counts_[bucket_of(ns)];
    ++total_;
  }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

  /// The duration in nanoseconds that a share of `q` (0 to 1) of all did not exceed; 0 when empty.
  [[nodiscard]] double quantile(double q) const noexcept {
    auto left = static_cast<std::uint64_t>(q * static_cast<double>(total_));
    for (unsigned bucket = 0; bucket < counts_.size(); ++bucket) {
      if (counts_[bucket] > left) return value_of(bucket);
      left -= counts_[bucket];
    }
    return 0;
  }
  void clear() noexcept { *this = histogram(); }

 private:
  static constexpr unsigned fine_bits = 6;
  static constexpr unsigned fine = 1U << fine_bits;

  static unsigned bucket_of(std::uint64_t ns) noexcept {
    if (ns < fine) return static_cast<unsigned>(ns);
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - fine_bits - 1;
    return (shift + 1) * fine + static_cast<unsigned>(ns >> shift) - fine;
  }
  static double value_of(unsigned bucket) noexcept {
    if (bucket < fine) return bucket;
    const unsigned shift = bucket / fine - 1;
    // The middle of the bucket.
    return (static_cast<double>(bucket % fine + fine) + 0.5) *
           static_cast<double>(std::uint64_t{1} << shift);
  }

  std::array<std::uint64_t, 59 * fine> counts_{};
  std::uint64_t total_ = 0;
};

}  // namespace bench
