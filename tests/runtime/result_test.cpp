// SPDX-License-Identifier: MIT
// result<T> and as_result: looking instead of catching.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tridem {
namespace {

using namespace std::chrono_literals;

const std::error_code refused = std::make_error_code(std::errc::connection_refused);

TEST_CASE("a value") {
  result<std::string> good("text");
  CHECK(good);
  CHECK(*good == "text");
  CHECK(good->size() == 4);
  CHECK(good.value() == "text");
  CHECK_FALSE(good.error());
  CHECK(good.exception() == nullptr);
  CHECK(std::move(good).value_or("other") == "text");
}

TEST_CASE("an error code is thrown as system_error when the value is asked for") {
  result<int> bad(refused);
  CHECK_FALSE(bad);
  CHECK(bad.error() == refused);
  CHECK_THROWS_AS(bad.value(), std::system_error);
  CHECK(std::move(bad).value_or(3) == 3);
  result<void> bad_void(refused);
  CHECK_THROWS_AS(bad_void.value(), std::system_error);
  CHECK(result<void>().has_value());
}

TEST_CASE("any other failure is kept as an exception") {
  result<int> bad(std::make_exception_ptr(std::logic_error("other")));
  CHECK_FALSE(bad);
  CHECK_FALSE(bad.error());
  CHECK_THROWS_AS(bad.value(), std::logic_error);
}

task<int> number(int value) {
  co_await yield();
  if (value < 0) throw std::runtime_error("negative");
  co_return value;
}

TRIDEM_TEST("as_result of a task: the value, or the exception") {
  const result<int> good = co_await as_result(number(3));
  CHECK(good.has_value());
  result<int> bad = co_await as_result(number(-3));
  CHECK_FALSE(bad);
  CHECK_THROWS_WITH_AS(bad.value(), "negative", std::runtime_error);
  const result<void> slept = co_await as_result(sleep(1s));
  CHECK(slept);
}

TRIDEM_TEST("as_result of what gives a reference: a result that refers to it") {
  auto handle = create_task(number(3));
  result<int&> good = co_await as_result(wait_for(handle, 1h));
  REQUIRE(good);
  int& value = co_await handle;
  CHECK(&*good == &value);
  *good = 4;
  CHECK(value == 4);
  CHECK(result<int&>(good).value() == 4);

  auto failing = create_task(number(-3));
  result<int&> bad = co_await as_result(wait_for(failing, 1h));
  CHECK_THROWS_WITH_AS(bad.value(), "negative", std::runtime_error);
  auto slow = create_task(sleep(1h));
  const result<void> late = co_await as_result(wait_for(slow, 1ms));
  CHECK_FALSE(late);
  slow.cancel();
}

TRIDEM_TEST("as_result of a handle that was cancelled: a failure like any other") {
  auto handle = create_task(sleep(1h));
  handle.cancel();
  result<void> ended = co_await as_result(handle);
  CHECK_FALSE(ended);
  CHECK_THROWS_AS(ended.value(), task_cancelled);
}

TRIDEM_TEST("as_result never captures cancelled") {
  bool went_on = false;
  auto body = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    const result<void> slept = co_await as_result(sleep(1h));
    went_on = true;
  };
  const bool ended = co_await with_cancel_scope(body);
  CHECK_FALSE(ended);
  CHECK_FALSE(went_on);
}

TRIDEM_TEST("the code of a system_error that a task threw is told as well") {
  auto fail = []() -> tridem::task<int> {
    co_await tridem::yield();
    throw std::system_error(std::make_error_code(std::errc::connection_reset), "a task");
  };
  auto answer = co_await tridem::as_result(fail());
  CHECK_FALSE(answer.has_value());
  CHECK(answer.error() == std::errc::connection_reset);
}

}  // namespace
}  // namespace tridem
