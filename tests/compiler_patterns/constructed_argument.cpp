// SPDX-License-Identifier: MIT
// Braces as an argument, for a class whose constructors take what stands in them; through a plain
// function too.
// GNU 12: works
// GNU 13: works
// GNU 14: works
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::owning;

namespace {

class several {
 public:
  template <class... Numbers>
  explicit(false) several(int first, Numbers... rest)
      : first_(first), last_((first + ... + rest)) {}
  [[nodiscard]] int sum() const noexcept { return first_.number() + last_.number(); }

 private:
  owning first_;
  owning last_;
};

tridem::task<int> use(several numbers) {
  co_await pattern::one_turn();
  co_return numbers.sum();
}

tridem::task<int> hand_over(several numbers) {
  return use(std::move(numbers));
}

}  // namespace

tridem::task<> pattern::run() {
  const int direct = co_await use({1, 2, 3});
  check(direct == 7, "the value of the argument");
  const int handed_over = co_await hand_over({1, 2});
  check(handed_over == 4, "the value of the argument that was handed over");
}
