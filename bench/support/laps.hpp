// SPDX-License-Identifier: MIT
// How long a part takes of a thing that is done again and again, for a span.
#pragma once

#include "bench/support/figure.hpp"
#include "bench/support/windows.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace bench {

/// A stopwatch that is started and stopped by hand; at least five laps.
class laps {
 public:
  using clock = std::chrono::steady_clock;

  /// Whether there should be one more.
  [[nodiscard]] bool goes_on() const { return laps_.size() < 5 || clock::now() < end_; }
  void start() { at_ = clock::now(); }
  void stop() {
    laps_.push_back(std::chrono::duration<double, std::micro>(clock::now() - at_).count());
  }
  /// The median lap.
  void report(const std::string& subject, const char* question) {
    const auto middle = laps_.begin() + static_cast<std::ptrdiff_t>(laps_.size() / 2);
    std::nth_element(laps_.begin(), middle, laps_.end());
    bench::report(
        {.subject = subject.c_str(), .question = question, .unit = "us", .value = *middle});
  }

 private:
  const clock::time_point end_ = clock::now() + measured_span();
  clock::time_point at_;
  std::vector<double> laps_;
};

}  // namespace bench
