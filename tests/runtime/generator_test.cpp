// SPDX-License-Identifier: MIT
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/generator.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

tridem::generator<int> count_to(int last) {
  for (int i = 1; i <= last; ++i) co_yield i;
}

tridem::generator<std::unique_ptr<int>> owners() {
  co_yield std::make_unique<int>(1);
  co_yield std::make_unique<int>(2);
}

tridem::generator<std::string> fail_after_one() {
  co_yield "one";
  throw std::runtime_error("two");
}

TEST_CASE("a generator is a range") {
  std::vector<int> seen;
  for (int value : count_to(4)) seen.push_back(value);
  CHECK(seen == std::vector<int>{1, 2, 3, 4});
  CHECK(std::ranges::distance(count_to(0)) == 0);
}

TEST_CASE("next() stops and goes on") {
  auto numbers = count_to(2);
  CHECK(*numbers.next() == 1);
  CHECK(*numbers.next() == 2);
  CHECK(numbers.next() == nullptr);
  CHECK(numbers.next() == nullptr);
}

TEST_CASE("values may be move-only, and can be taken") {
  int sum = 0;
  for (auto& owner : owners()) {
    auto taken = std::move(owner);
    sum += *taken;
  }
  CHECK(sum == 3);
}

TEST_CASE("what the body throws comes out of the step") {
  auto words = fail_after_one();
  CHECK(*words.next() == "one");
  CHECK_THROWS_WITH_AS(words.next(), "two", std::runtime_error);
  CHECK(words.next() == nullptr);
}

TEST_CASE("dropped halfway, its locals are destroyed") {
  auto held = std::make_shared<int>(1);
  auto body = [](std::shared_ptr<int> owned) -> tridem::generator<int> {
    for (;;) co_yield *owned;
  };
  {
    auto values = body(held);
    CHECK(*values.next() == 1);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
}

}  // namespace
