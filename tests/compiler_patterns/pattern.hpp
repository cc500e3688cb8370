// SPDX-License-Identifier: MIT
// What the pattern programs share: a value that notices when it is copied by bits or destroyed
// twice, and a main that runs `pattern` and says how it went by its exit code.
#pragma once

#include "tests/support/idle_driver.hpp"

#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task.hpp>

#include <cstdio>
#include <memory>
#include <utility>

namespace pattern {

inline int problems = 0;
inline int live = 0;

inline void check(bool holds, const char* what) {
  if (holds) return;
  ++problems;
  std::printf("broken: %s\n", what);
}

/// Owns its number, as a string owns its characters, but shows misuse instead of dying of it.
class owning {
 public:
  explicit owning(int number) noexcept : number_(number) { ++live; }
  owning(const owning& other) noexcept : number_(other.number()) { ++live; }
  owning(owning&& other) noexcept : number_(std::exchange(other.number_, 0)) { ++live; }
  owning& operator=(const owning&) = delete;
  ~owning() {
    check(self_ == this, "a value was destroyed at an address at which it was never made");
    check(alive_, "a value was destroyed twice");
    alive_ = false;
    self_ = nullptr;
    --live;
  }
  [[nodiscard]] int number() const noexcept {
    check(self_ == this && alive_, "a value was used that is none any more");
    return number_;
  }

 private:
  const owning* self_ = this;
  volatile bool alive_ = true;
  int number_;
};

/// The same without constructors of its own: what g++ 12 handles worst.
struct aggregate {
  int number = 0;
  owning value{0};
};

/// Suspends once, so that what the expression holds has to survive in the frame.
class one_turn {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    tridem::detail::strand& line = *awaiting.promise().line;
    line.resume_point = awaiting;
    line.loop->ready.push_back(line);
  }
  void await_resume() const noexcept {}
};

inline tridem::task<int> after_a_turn(int value) {
  co_await one_turn();
  co_return value;
}

tridem::task<> run();

}  // namespace pattern

namespace tridem::detail {

std::unique_ptr<driver> make_driver(const run_options&) {
  return std::make_unique<test::idle_driver>();
}

}  // namespace tridem::detail

int main() {
  tridem::run(pattern::run());
  pattern::check(pattern::live == 0, "as many values must be destroyed as were made");
  return pattern::problems == 0 ? 0 : 1;
}
