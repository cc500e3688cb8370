// SPDX-License-Identifier: MIT
// A value that counts its constructions, copies, moves and deaths: proves that nothing leaks or
// outlives.
#pragma once

#include <atomic>
#include <compare>
#include <utility>

namespace tridem::test {

/// Counts of all probes since the last `reset`; safe to touch from several threads.
struct lifetime_counts {
  std::atomic<int> constructed{0};
  std::atomic<int> copied{0};
  std::atomic<int> moved{0};
  std::atomic<int> destroyed{0};

  /// How many probes live now.
  int live() const noexcept { return constructed + copied + moved - destroyed; }

  void reset() noexcept {
    for (std::atomic<int>* count : {&constructed, &copied, &moved, &destroyed}) *count = 0;
  }
};

/// Carries an int, so that results can be checked too. Give each test its own `Tag`.
template <class Tag = void>
class lifetime_probe {
 public:
  explicit lifetime_probe(int number = 0) noexcept : value(number) { ++counts.constructed; }
  lifetime_probe(const lifetime_probe& other) noexcept : value(other.value) { ++counts.copied; }
  lifetime_probe(lifetime_probe&& other) noexcept : value(std::exchange(other.value, -1)) {
    ++counts.moved;
  }
  lifetime_probe& operator=(const lifetime_probe&) noexcept = default;
  lifetime_probe& operator=(lifetime_probe&& other) noexcept {
    value = std::exchange(other.value, -1);
    return *this;
  }
  ~lifetime_probe() { ++counts.destroyed; }

  friend bool operator==(const lifetime_probe& a, const lifetime_probe& b) noexcept {
    return a.value == b.value;
  }

  int value;
  static inline lifetime_counts counts;
};

}  // namespace tridem::test
