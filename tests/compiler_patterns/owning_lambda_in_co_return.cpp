// SPDX-License-Identifier: MIT
// The same in a co_return statement, with an init-capture.
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

tridem::task<int> body(owning one) {
  co_return co_await call_later([mine = std::move(one)] { return mine.number(); });
}

}  // namespace

tridem::task<> pattern::run() {
  auto named = body(owning(1));
  const int got = co_await std::move(named);
  check(got == 1, "the value of the capture");
}
