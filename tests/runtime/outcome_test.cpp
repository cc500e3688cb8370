// SPDX-License-Identifier: MIT
// outcome<T>: a value or an exception, kept.
#include <tridem/runtime/outcome.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>

namespace tridem {
namespace {

const std::exception_ptr broken = std::make_exception_ptr(std::runtime_error("broken"));

TEST_CASE("an outcome with a value") {
  outcome<int> good(3);
  CHECK(good.has_value());
  CHECK(good);
  CHECK(good.value() == 3);
  CHECK(good.exception() == nullptr);
  good.value() = 4;
  CHECK(std::move(good).value() == 4);
}

TEST_CASE("an outcome with an exception throws it when the value is asked for") {
  outcome<int> bad(broken);
  CHECK_FALSE(bad);
  CHECK(bad.exception() == broken);
  CHECK_THROWS_AS(bad.value(), std::runtime_error);
  outcome<void> bad_void(broken);
  CHECK_THROWS_AS(bad_void.value(), std::runtime_error);
}

TEST_CASE("an outcome of void, of a reference, and of what only moves") {
  outcome<void> nothing;
  CHECK(nothing.has_value());
  CHECK_NOTHROW(nothing.value());
  outcome<std::unique_ptr<int>> owned(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = std::move(owned).value();
  CHECK(*taken == 5);
}

}  // namespace
}  // namespace tridem
