// SPDX-License-Identifier: MIT
// shield: to its end regardless, and the cancellation comes after it.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<int> number_after(duration span, int value) {
  co_await sleep(span);
  co_return value;
}

TRIDEM_TEST("a shielded wait goes on, its value is delivered, the next await throws") {
  int value = 0;
  bool cut_after = false;
  auto body = [](int* number, bool* cut) -> task<> {
    *number = co_await shield(number_after(5s, 8));
    *cut = co_await test::is_cut(sleep(1h));
  };
  auto handle = create_task(body, &value, &cut_after);
  co_await sleep(1s);
  handle.cancel();
  co_await sleep(1s);
  CHECK_FALSE(handle.done());
  co_await handle;
  CHECK(value == 8);
  CHECK(cut_after);
}

TRIDEM_TEST("it starts even when the task is cancelled already") {
  auto body = [](cancel_scope& scope) -> task<int> {
    scope.cancel();
    const int value = co_await shield(number_after(2s, 9));
    co_return value;
  };
  const std::optional<int> value = co_await with_cancel_scope(body);
  CHECK(value == 9);
}

TRIDEM_TEST("cleanup with a deadline of its own") {
  bool cleaned = false;
  auto body = [](bool* flag) -> task<> {
    std::exception_ptr cut;
    try {
      co_await sleep(1h);
    } catch (...) {
      cut = std::current_exception();
    }
    const std::string text = co_await test::text_of<timeout_error>(shield(wait_for(sleep(1h), 3s)));
    *flag = text != "nothing was thrown";
    if (cut) std::rethrow_exception(cut);
  };
  auto handle = create_task(body, &cleaned);
  co_await yield();
  handle.cancel();
  co_await sleep(10s);
  CHECK(handle.cancelled());
  CHECK(cleaned);
}

TRIDEM_TEST("errors come out of a shield") {
  auto fail = []() -> task<> {
    co_await yield();
    throw std::runtime_error("inside");
  };
  const std::string text = co_await test::text_of<std::runtime_error>(shield(fail()));
  CHECK(text == "inside");
}

TRIDEM_TEST("a scope inside a shield can be cancelled") {
  auto inner = [](cancel_scope& scope) -> task<> {
    scope.cancel();
    co_await sleep(1h);
  };
  const bool ended = co_await shield(with_cancel_scope(inner));
  CHECK_FALSE(ended);
}

TRIDEM_TEST("a shield with a deadline of its own, in time") {
  const int by_span = co_await shield(number_after(2s, 7), 3s);
  CHECK(by_span == 7);
  const int by_point = co_await shield(number_after(2s, 8), now() + 3s);
  CHECK(by_point == 8);
}

TRIDEM_TEST("a shield cuts at its own deadline and says so, whatever is cancelled around it") {
  const time_point start = now();
  std::string text = co_await test::text_of<timeout_error>(shield(sleep(1h), 3s));
  CHECK(text != "nothing was thrown");
  CHECK(now() - start >= 3s);
  CHECK(now() - start < 4s);
  text = co_await test::text_of<timeout_error>(shield(sleep(1h), now() + 1s));
  CHECK(text != "nothing was thrown");
  CHECK(now() - start >= 4s);
  CHECK(now() - start < 5s);

  std::string in_cancelled;
  bool cut_after = false;
  auto body = [](std::string* said, bool* cut) -> task<> {
    this_task::set_name("cleaner");
    *cut = co_await test::is_cut(sleep(1h));
    *said = co_await test::text_of<timeout_error>(shield(sleep(1h), 2s));
    *cut = co_await test::is_cut(sleep(1h));
  };
  auto handle = create_task(body, &in_cancelled, &cut_after);
  co_await yield();
  handle.cancel();
  co_await handle;
  CHECK(in_cancelled != "nothing was thrown");
  CHECK(cut_after);
  CHECK(now() - start >= 6s);
  CHECK(now() - start < 7s);
}

TRIDEM_TEST("a cancellation from outside comes after a shield that ends in time") {
  int value = 0;
  bool cut_after = false;
  auto body = [](int* number, bool* cut) -> task<> {
    *number = co_await shield(number_after(5s, 8), 6s);
    *cut = co_await test::is_cut(sleep(1h));
  };
  auto handle = create_task(body, &value, &cut_after);
  co_await sleep(1s);
  handle.cancel();
  co_await handle;
  CHECK(value == 8);
  CHECK(cut_after);
}

TRIDEM_TEST("a cancellation that began inside is not taken for the deadline") {
  auto cancels_itself = []() -> task<> {
    auto inner = create_task(sleep(1h));
    inner.cancel();
    co_await std::move(inner);
  };
  const std::string text = co_await test::text_of<task_cancelled>(shield(cancels_itself(), 3s));
  CHECK(text != "nothing was thrown");
}

TRIDEM_TEST("no time at all: begun, and cut at the first wait") {
  bool begun = false;
  auto body = [](bool* flag) -> task<> {
    *flag = true;
    co_await sleep(1h);
  };
  const std::string text = co_await test::text_of<timeout_error>(shield(body(&begun), -1s));
  CHECK(begun);
  CHECK(text != "nothing was thrown");
}

}  // namespace
}  // namespace tridem
