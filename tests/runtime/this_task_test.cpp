// SPDX-License-Identifier: MIT
// What running code can ask about its task.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <string>

namespace tridem {
namespace {

TEST_CASE("outside a task there is no name and no id") {
  CHECK(this_task::name().empty());
  CHECK(this_task::id() == 0);
  CHECK_FALSE(this_task::cancel_requested());
}

TRIDEM_TEST("name and id of a task, and of what it awaits") {
  CHECK(this_task::name() == "main");
  CHECK(this_task::id() == 1);
  auto ask = []() -> task<std::string> { co_return this_task::name(); };
  const std::string below = co_await ask();
  CHECK(below == "main");
  auto handle = create_task(ask(), "child");
  const std::string child = co_await handle;
  CHECK(child == "child");
  auto [in_gather, other] = co_await gather(ask(), ask());
  CHECK(in_gather == "main");
  CHECK(other == "main");
}

TRIDEM_TEST("a task renames itself") {
  auto rename = []() -> task<> {
    this_task::set_name("renamed");
    co_await yield();
    CHECK(this_task::name() == "renamed");
  };
  auto handle = create_task(rename());
  co_await handle;
  CHECK(handle.name() == "renamed");
}

TRIDEM_TEST("cancel_requested tells what the next await will say") {
  auto body = [](cancel_scope& scope) -> task<> {
    CHECK_FALSE(this_task::cancel_requested());
    scope.cancel();
    CHECK(this_task::cancel_requested());
    co_return;
  };
  co_await with_cancel_scope(body);
  CHECK_FALSE(this_task::cancel_requested());
}

}  // namespace
}  // namespace tridem
