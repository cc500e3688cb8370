// SPDX-License-Identifier: MIT
// How long one of a thing takes that is done again and again, for a span.
#pragma once

#include "bench/support/figure.hpp"
#include "bench/support/windows.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace bench {

/// Notes how long each turn took, until the span is over; at least three turns.
class stopwatch {
 public:
  using clock = std::chrono::steady_clock;

  /// A turn begins, behind the one before; false when there were enough.
  bool next() {
    const clock::time_point now = clock::now();
    if (begun_) turns_.push_back(std::chrono::duration<double, std::micro>(now - at_).count());
    begun_ = true;
    at_ = clock::now();
    return turns_.size() < 3 || now < end_;
  }
  /// The median turn, which a page fault of the first one does not change.
  void report(const char* subject, const char* question) {
    const auto middle = turns_.begin() + static_cast<std::ptrdiff_t>(turns_.size() / 2);
    std::nth_element(turns_.begin(), middle, turns_.end());
    bench::report({.subject = subject, .question = question, .unit = "us", .value = *middle});
  }

 private:
  const clock::time_point end_ = clock::now() + measured_span();
  clock::time_point at_;
  bool begun_ = false;
  std::vector<double> turns_;
};

}  // namespace bench
