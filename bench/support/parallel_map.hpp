// SPDX-License-Identifier: MIT
// The work of the parallel maps, the same for all peers, and how long one map of it takes.
#pragma once

#include "bench/support/windows.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// As many as this machine has CPUs would be fair; two are what the tables show.
inline constexpr std::size_t map_threads = 2;

/// The compiler must believe that somebody reads what `data` points to.
inline void keep(const void* data) noexcept {
  asm volatile("" : : "g"(data) : "memory");
}

inline std::vector<float> tiny_items() {
  return std::vector<float>(1'000'000, 1.5F);
}
/// About a nanosecond: a division and a root, which may be vectorised.
inline float tiny_result(float item) noexcept {
  return std::sqrt(1.0F + item * item) / (1.0F + item);
}
inline void tiny_job(float& item) noexcept {
  item = tiny_result(item);
}

inline std::vector<unsigned> medium_items() {
  std::vector<unsigned> items(1000);
  for (unsigned i = 0; i < items.size(); ++i) items[i] = i;
  return items;
}
/// A chain of multiplications, about 100 us, that no compiler shortens.
inline void medium_job(unsigned& item) noexcept {
  std::uint64_t state = item + 1;
  for (int i = 0; i < 80'000; ++i) state = state * 6364136223846793005U + 1442695040888963407U;
  item = static_cast<unsigned>(state >> 33);
}

/// Lets a map be repeated for the measured span, after three that do not count, and reports the
/// time that one item took.
class map_clock {
 public:
  using clock = std::chrono::steady_clock;

  explicit map_clock(std::size_t items) noexcept : items_(items) {}

  bool goes_on(const char* subject, const char* question) {
    ++maps_;
    if (maps_ <= 0) return true;
    const clock::time_point now = clock::now();
    if (maps_ == 1) begin_ = now;
    if (maps_ < 3 || now - begin_ < span_) return true;
    const std::chrono::duration<double, std::nano> wall = now - begin_;
    report({.subject = subject,
            .question = question,
            .unit = "ns",
            .value = wall.count() / static_cast<double>(maps_ - 1) / static_cast<double>(items_)});
    return false;
  }

 private:
  const std::size_t items_;
  int maps_ = -3;
  const clock::duration span_ = measured_span();
  clock::time_point begin_;
};

}  // namespace bench
