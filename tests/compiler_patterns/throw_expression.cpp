// SPDX-License-Identifier: MIT
// An await inside a throw expression that makes an exception which owns.
// GNU 12: broken
// Clang: works
#include "tests/compiler_patterns/pattern.hpp"

using pattern::owning;

namespace {

tridem::task<owning> make(int number) {
  co_await pattern::one_turn();
  co_return owning(number);
}

class failure {
 public:
  explicit failure(owning cause) noexcept : cause_(std::move(cause)) {}
  [[nodiscard]] int number() const noexcept { return cause_.number(); }

 private:
  owning cause_;
};

}  // namespace

tridem::task<> pattern::run() {
  int got = 0;
  try {
    throw failure(co_await make(1));
  } catch (const failure& caught) {
    got = caught.number();
  }
  check(got == 1, "the value that was thrown");
}
