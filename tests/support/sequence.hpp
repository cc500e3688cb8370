// SPDX-License-Identifier: MIT
// Asserts the order in which steps happen: reads like a timetable.
#pragma once

#include <doctest/doctest.h>

#include <atomic>

namespace tridem::test {

/// `step(n)` fails the test unless n is the next number, counted from 1; `finish(n)` that all n
/// came.
class sequence {
 public:
  void step(int number) {
    const int expected = ++reached_;
    CHECK_MESSAGE(number == expected, "step ", number, " came at place ", expected);
  }

  void finish(int count) const {
    CHECK_MESSAGE(reached_ == count, "only ", reached_.load(), " steps");
  }

  [[nodiscard]] int reached() const noexcept { return reached_; }

 private:
  std::atomic<int> reached_{0};
};

}  // namespace tridem::test
