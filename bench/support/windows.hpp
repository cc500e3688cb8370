// SPDX-License-Identifier: MIT
// The three loads under which every kind of call is measured: calls under way at a time, and how
// long one measurement takes. All peers use the same.
#pragma once

#include "bench/support/figure.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace bench {

inline constexpr int windows[] = {1, 64, 1000};

/// The span of one measurement, from the environment variable BENCH_SECONDS; 0.2 s without it.
inline std::chrono::nanoseconds measured_span() {
  const char* text = std::getenv("BENCH_SECONDS");
  const double seconds = text != nullptr ? std::atof(text) : 0.2;
  return std::chrono::nanoseconds(static_cast<long long>(seconds * 1e9));
}

/// Counts the calls of one measurement and prints what one of them took.
class call_clock {
 public:
  using clock = std::chrono::steady_clock;

  /// One call has come back; false once the span is over. The clock is read only now and then.
  bool goes_on() noexcept {
    if (++calls_ % stride != 0) return open_;
    end_ = clock::now();
    open_ = end_ - begin_ < span_;
    return open_;
  }
  void report(const char* subject, const char* kind, int window) {
    end_ = clock::now();
    char question[64];
    std::snprintf(question, sizeof question, "%s, %d in flight", kind, window);
    const std::chrono::duration<double, std::nano> wall = end_ - begin_;
    bench::report({.subject = subject,
                   .question = question,
                   .unit = "ns",
                   .value = wall.count() / static_cast<double>(calls_)});
  }

 private:
  static constexpr long stride = 16;
  long calls_ = 0;
  bool open_ = true;
  const clock::duration span_ = measured_span();
  const clock::time_point begin_ = clock::now();
  clock::time_point end_;
};

}  // namespace bench
