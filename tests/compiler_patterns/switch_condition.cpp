// SPDX-License-Identifier: MIT
// An await in a condition, in a coroutine that declares nothing anywhere.
// GNU 12.2: broken
// GNU 12.4: works
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::after_a_turn;

namespace {

int reached = 0;

tridem::task<> declares_nothing() {
  switch (co_await after_a_turn(1)) {
    case 1:
      ++reached;
      break;
    default:
      break;
  }
}

}  // namespace

tridem::task<> pattern::run() {
  auto named = declares_nothing();
  co_await std::move(named);
  check(reached == 1, "the branch");
}
