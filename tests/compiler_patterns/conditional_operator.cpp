// SPDX-License-Identifier: MIT
// An await in one branch of the conditional operator, with a temporary that owns.
// GNU 12: broken
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::owning;

namespace {

tridem::task<owning> make(owning from) {
  co_await pattern::one_turn();
  co_return from;
}

}  // namespace

tridem::task<> pattern::run() {
  bool first = live == 0;
  owning got = first ? co_await make(owning(1)) : owning(2);
  check(got.number() == 1, "the first branch");
  first = !first;
  owning other = first ? co_await make(owning(1)) : owning(2);
  check(other.number() == 2, "the second branch");
}
