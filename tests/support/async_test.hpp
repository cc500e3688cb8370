// SPDX-License-Identifier: MIT
// TRIDEM_TEST("name") { ... co_await ...; }: a doctest case whose body is a coroutine.
//
// In the tests of `runtime` it runs on the virtual clock, elsewhere on the driver that run()
// chooses.
#pragma once

#include "tests/support/sequence.hpp"
#ifdef TRIDEM_TEST_VIRTUAL_TIME
#include "tests/support/virtual_driver.hpp"
#endif

#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <utility>

namespace tridem::test {

/// Runs the body of a test to its end.
inline void run_body(task<> body) {
#ifdef TRIDEM_TEST_VIRTUAL_TIME
  run_options options;
  options.driver = std::make_unique<virtual_driver>();
  run(std::move(body), std::move(options));
#else
  run(std::move(body));
#endif
}

}  // namespace tridem::test

#define TRIDEM_TEST_WITH_BODY(name, body) \
  static ::tridem::task<> body();         \
  TEST_CASE(name) {                       \
    ::tridem::test::run_body(body());     \
  }                                       \
  static ::tridem::task<> body()

/// Defines a test case; `name` may carry doctest's decorators. CHECK and REQUIRE work inside.
#define TRIDEM_TEST(name) TRIDEM_TEST_WITH_BODY(name, DOCTEST_ANONYMOUS(tridem_test_body_))
