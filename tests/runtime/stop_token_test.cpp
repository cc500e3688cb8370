// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/stop_token.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <stop_token>

using namespace std::chrono_literals;

namespace {

TEST_CASE("outside a task there is nothing to stop") {
  CHECK_FALSE(tridem::this_task::stop_token().stop_possible());
}

TRIDEM_TEST("cancelling the task requests stop, and runs callbacks at once") {
  std::stop_token token;
  bool called = false;
  auto wait_for_ever = [&]() -> tridem::task<> {
    token = tridem::this_task::stop_token();
    std::stop_callback on_stop(token, [&] { called = true; });
    co_await tridem::sleep(1h);
  };
  auto waiting = tridem::create_task(wait_for_ever);
  co_await tridem::yield();
  CHECK(token.stop_possible());
  CHECK_FALSE(token.stop_requested());
  waiting.cancel();
  CHECK(token.stop_requested());
  CHECK(called);
}

TRIDEM_TEST("the innermost scope counts, one left without cancellation never stops") {
  std::stop_token inner;
  std::stop_token again;
  co_await tridem::with_cancel_scope([&](tridem::cancel_scope&) -> tridem::task<> {
    inner = tridem::this_task::stop_token();
    again = tridem::this_task::stop_token();
    co_return;
  });
  CHECK(inner == again);
  CHECK_FALSE(inner.stop_requested());
  co_await tridem::with_cancel_scope([&](tridem::cancel_scope& scope) -> tridem::task<> {
    scope.cancel();
    CHECK(tridem::this_task::stop_token().stop_requested());
    co_return;
  });
  CHECK_FALSE(inner.stop_requested());
}

}  // namespace
