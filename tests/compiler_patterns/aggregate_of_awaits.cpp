// SPDX-License-Identifier: MIT
// An aggregate whose members are initialised by awaits and by temporaries that own.
// GNU 12: broken
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::after_a_turn;
using pattern::owning;

namespace {

struct three {
  int first;
  owning second;
  int third;
};

}  // namespace

tridem::task<> pattern::run() {
  three all{co_await after_a_turn(1), owning(2), co_await after_a_turn(3)};
  check(all.first == 1 && all.second.number() == 2 && all.third == 3, "the members");
}
