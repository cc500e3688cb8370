// SPDX-License-Identifier: MIT
// shield: to its end regardless, and the cancellation comes after it.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <exception>
#include <optional>
#include <stdexcept>

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

}  // namespace
}  // namespace tridem
