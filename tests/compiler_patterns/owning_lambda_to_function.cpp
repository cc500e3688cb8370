// SPDX-License-Identifier: MIT
// The same given to a plain function that makes the task.
// GNU 12: broken
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::owning;

namespace {

template <class F>
tridem::task<int> call_later(F f) {
  co_await pattern::one_turn();
  co_return f();
}

}  // namespace

namespace {

template <class F>
tridem::task<int> hand_over(F&& f) {
  return call_later(std::forward<F>(f));
}

}  // namespace

tridem::task<> pattern::run() {
  owning one(1);
  const int got = co_await hand_over([one] { return one.number(); });
  check(got == 1, "the value of the capture");
}
