// SPDX-License-Identifier: MIT
// A temporary lambda that owns its captures, inside a co_await expression.
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

tridem::task<> pattern::run() {
  owning one(1);
  const int got = co_await call_later([one] { return one.number(); });
  check(got == 1, "the value of the capture");
}
