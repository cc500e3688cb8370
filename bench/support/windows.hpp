// SPDX-License-Identifier: MIT
// The loads under which every kind of call is measured: calls under way at a time, and how long one
// measurement takes. All peers use the same.
#pragma once

#include "bench/support/figure.hpp"
#include "bench/support/histogram.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace bench {

inline constexpr int windows[] = {1, 64, 1000, 10'000};
inline constexpr int latency_windows[] = {1, 64};

/// The span of one measurement, from the environment variable BENCH_SECONDS; 0.2 s without it.
inline std::chrono::nanoseconds measured_span() {
  const char* text = std::getenv("BENCH_SECONDS");
  const double seconds = text != nullptr ? std::atof(text) : 0.2;
  return std::chrono::nanoseconds(static_cast<long long>(seconds * 1e9));
}

/// Counts the calls of one measurement and prints what one of them took: wall time over calls.
class call_clock {
 public:
  using clock = std::chrono::steady_clock;
  struct mark {};

  /// A call begins. Nothing is noted: the clock is read only now and then.
  [[nodiscard]] mark begin() const noexcept { return {}; }
  /// One call has come back; false once the span is over.
  bool goes_on(mark = {}) noexcept {
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

/// Notes how long each call took from its beginning until whoever asked went on, and prints what
/// half of them, and 99 of 100, did not exceed.
class latency_clock {
 public:
  using clock = std::chrono::steady_clock;

  [[nodiscard]] clock::time_point begin() const noexcept { return clock::now(); }
  bool goes_on(clock::time_point begun) noexcept {
    const clock::time_point now = clock::now();
    seen_.add(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - begun).count()));
    return now < end_;
  }
  void report(const char* subject, const char* kind, int window) const {
    const std::string question = std::string(kind) + ", " + std::to_string(window) + " in flight: ";
    const auto print = [&](const char* which, double share) {
      bench::report({.subject = subject,
                     .question = (question + which).c_str(),
                     .unit = "ns",
                     .value = seen_.quantile(share)});
    };
    print("p50", 0.5);
    print("p99", 0.99);
  }

 private:
  histogram seen_;
  const clock::time_point end_ = clock::now() + measured_span() / 2;
};

}  // namespace bench
