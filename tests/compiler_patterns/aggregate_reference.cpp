// SPDX-License-Identifier: MIT
// The same by const reference.
// GNU 12: broken
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::aggregate;
using pattern::owning;

namespace {

tridem::task<int> use(const aggregate& it) {
  co_await pattern::one_turn();
  co_return it.value.number();
}

}  // namespace

tridem::task<> pattern::run() {
  const int got = co_await use(aggregate{.number = 1, .value = owning(1)});
  check(got == 1, "the value of the argument");
}
