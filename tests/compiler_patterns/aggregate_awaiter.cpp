// SPDX-License-Identifier: MIT
// A temporary aggregate that owns, awaited itself.
// GNU 12: broken
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::owning;

namespace {

struct awaiter {
  owning value;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) const noexcept {
    pattern::one_turn().await_suspend(awaiting);
  }
  int await_resume() const noexcept { return value.number(); }
};

}  // namespace

tridem::task<> pattern::run() {
  const int got = co_await awaiter{owning(1)};
  check(got == 1, "the value of the awaiter");
}
