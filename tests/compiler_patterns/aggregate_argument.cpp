// SPDX-License-Identifier: MIT
// A temporary aggregate that owns, as an argument: designated initialisers.
// GNU 12: broken
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::aggregate;
using pattern::owning;

namespace {

tridem::task<int> use(aggregate it) {
  co_await pattern::one_turn();
  co_return it.value.number();
}

}  // namespace

tridem::task<> pattern::run() {
  const int got = co_await use({.number = 1, .value = owning(1)});
  check(got == 1, "the value of the argument");
}
