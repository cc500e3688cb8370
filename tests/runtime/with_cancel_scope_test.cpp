// SPDX-License-Identifier: MIT
// with_cancel_scope: part of a task is stopped, the rest goes on.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <optional>
#include <stdexcept>
#include <string>

namespace tridem {
namespace {

using namespace std::chrono_literals;

TRIDEM_TEST("not cancelled: the value, or true for void") {
  auto value = [](cancel_scope&) -> task<std::string> { co_return "kept"; };
  const std::optional<std::string> kept = co_await with_cancel_scope(value);
  CHECK(kept == "kept");
  auto nothing = [](cancel_scope&) -> task<> { co_await yield(); };
  const bool ended = co_await with_cancel_scope(nothing);
  CHECK(ended);
}

TRIDEM_TEST("cancelled: empty, and the task goes on") {
  auto value = [](cancel_scope& scope) -> task<int> {
    scope.cancel();
    co_await sleep(1h);
    co_return 1;
  };
  const std::optional<int> none = co_await with_cancel_scope(value);
  CHECK_FALSE(none);
  co_await sleep(1s);
}

TRIDEM_TEST("cancelled, but the value was there: it is delivered") {
  auto value = [](cancel_scope& scope) -> task<int> {
    scope.cancel();
    co_return 1;
  };
  const std::optional<int> kept = co_await with_cancel_scope(value);
  CHECK(kept == 1);
}

TRIDEM_TEST("cancelled from another task, and by the clock") {
  cancel_scope* reachable = nullptr;
  auto body = [](cancel_scope** out, cancel_scope& scope) -> task<> {
    *out = &scope;
    co_await sleep(1h);
  };
  auto bound = [&](cancel_scope& scope) { return body(&reachable, scope); };
  auto stop = [](cancel_scope** target) -> task<> {
    co_await sleep(1s);
    (*target)->cancel();
    CHECK((*target)->cancel_called());
    CHECK_FALSE((*target)->deadline_fired());
  };
  auto stopper = create_task(stop, &reachable);
  const bool ended = co_await with_cancel_scope(bound);
  CHECK_FALSE(ended);
  co_await stopper;

  const time_point start = now();
  auto timed = [start](cancel_scope& scope) -> task<> {
    scope.deadline(start + 5s);
    scope.deadline(start + 2s);
    co_await sleep(1h);
  };
  const bool in_time = co_await with_cancel_scope(timed);
  CHECK_FALSE(in_time);
  CHECK(now() - start < 3s);
}

TRIDEM_TEST("a deadline that was taken away does not fire") {
  const time_point start = now();
  auto body = [start](cancel_scope& scope) -> task<> {
    scope.deadline(start + 1s);
    scope.deadline(never);
    co_await sleep(3s);
  };
  const bool ended = co_await with_cancel_scope(body);
  CHECK(ended);
}

TRIDEM_TEST("errors pass, also those of a cancelled scope") {
  auto body = [](cancel_scope& scope) -> task<> {
    scope.cancel();
    throw std::runtime_error("real");
    co_return;
  };
  const std::string text = co_await test::text_of<std::runtime_error>(with_cancel_scope(body));
  CHECK(text == "real");
}

TRIDEM_TEST("cancellation from outside is not ours to absorb") {
  bool went_on = false;
  auto outer = [](bool* flag) -> task<> {
    auto body = [](cancel_scope&) -> task<> { co_await sleep(1h); };
    co_await with_cancel_scope(body);
    *flag = true;
  };
  auto handle = create_task(outer, &went_on);
  co_await yield();
  handle.cancel();
  co_await sleep(1s);
  CHECK(handle.cancelled());
  CHECK_FALSE(went_on);
}

}  // namespace
}  // namespace tridem
