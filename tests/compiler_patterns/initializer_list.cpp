// SPDX-License-Identifier: MIT
// A list of values as an argument inside a co_await expression.
// GNU 12: rejected
// GNU 13: rejected
// GNU 14: rejected
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace {

tridem::task<int> count(std::vector<std::string> names) {
  co_await pattern::one_turn();
  co_return static_cast<int>(names.size());
}

}  // namespace

tridem::task<> pattern::run() {
  const int got = co_await count({"one", "two"});
  check(got == 2, "the number of names");
}
