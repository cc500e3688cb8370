// SPDX-License-Identifier: MIT
// TRIDEM_TEST("name") { ... co_await ...; }: a doctest case whose body is a coroutine.
//
// In the tests of `runtime` it runs on the virtual clock, elsewhere on the driver that run()
// chooses.
#pragma once

#include "tests/support/sequence.hpp"

#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task.hpp>

#include <doctest/doctest.h>

#define TRIDEM_TEST_WITH_BODY(name, body) \
  static ::tridem::task<> body();         \
  TEST_CASE(name) {                       \
    ::tridem::run(body());                \
  }                                       \
  static ::tridem::task<> body()

/// Defines a test case; `name` may carry doctest's decorators. CHECK and REQUIRE work inside.
#define TRIDEM_TEST(name) TRIDEM_TEST_WITH_BODY(name, DOCTEST_ANONYMOUS(tridem_test_body_))
