// SPDX-License-Identifier: MIT
// task_handle: await it, ask it, cancel it.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<std::string> text_after(duration span) {
  co_await sleep(span);
  co_return "text";
}
task<> fail_after(duration span) {
  co_await sleep(span);
  throw std::runtime_error("broken");
}

TRIDEM_TEST("an lvalue gives a reference and leaves the result, an rvalue gives the value") {
  auto handle = create_task(text_after(1s));
  std::string& first = co_await handle;
  std::string& second = co_await handle;
  CHECK(first == "text");
  CHECK(&first == &second);
  CHECK(&handle.result() == &first);
  const std::string owned = co_await std::move(handle);
  CHECK(owned == "text");
}

TRIDEM_TEST("done, exception, cancelled: before and after") {
  auto good = create_task(text_after(1s));
  auto bad = create_task(fail_after(1s));
  auto cut = create_task(text_after(1h));
  CHECK_FALSE(good.done());
  CHECK(good.exception() == nullptr);
  co_await good;
  co_await sleep(1s);
  cut.cancel();
  CHECK_FALSE(cut.done());
  co_await sleep(1s);
  CHECK(good.done());
  CHECK(good.exception() == nullptr);
  CHECK_FALSE(good.cancelled());
  CHECK(bad.exception() != nullptr);
  CHECK_FALSE(bad.cancelled());
  CHECK(cut.done());
  CHECK(cut.cancelled());
}

TRIDEM_TEST("awaiting a task that was cancelled is an ordinary failure that names it") {
  auto cut = create_task(text_after(1h), "loader");
  cut.cancel();
  const std::string text = co_await test::text_of<task_cancelled>(cut);
  CHECK(text.find("'loader'") != std::string::npos);
  const std::string again = co_await test::text_of<std::exception>(std::move(cut));
  CHECK(again.find("'loader'") != std::string::npos);
}

TRIDEM_TEST("an error comes out of each await") {
  auto bad = create_task(fail_after(1s));
  const std::string first = co_await test::text_of<std::runtime_error>(bad);
  const std::string second = co_await test::text_of<std::runtime_error>(bad);
  CHECK(first == "broken");
  CHECK(second == "broken");
}

TRIDEM_TEST("cancel after the end does nothing") {
  auto handle = create_task(text_after(1s));
  co_await handle;
  handle.cancel();
  CHECK_FALSE(handle.cancelled());
  CHECK(handle.result() == "text");
}

TRIDEM_TEST("cancel before the start: the body runs to its first check") {
  bool began = false;
  auto body = [](bool* flag) -> task<> {
    *flag = true;
    co_await yield();
    FAIL("a cancelled task went on");
  };
  auto handle = create_task(body, &began);
  handle.cancel();
  co_await sleep(1s);
  CHECK(began);
  CHECK(handle.cancelled());
}

TRIDEM_TEST("many watch one task, and all are resumed") {
  auto handle = create_task(text_after(1s));
  int resumed = 0;
  auto watch = [](task_handle<std::string> watched, int* count) -> task<> {
    const std::string& text = co_await watched;
    CHECK(text == "text");
    ++*count;
  };
  for (int i = 0; i < 5; ++i) (void)create_task(watch, handle, &resumed);
  co_await handle;
  co_await yield();
  CHECK(resumed == 5);
}

TRIDEM_TEST("cutting an await of an lvalue handle ends only the watching") {
  auto handle = create_task(text_after(10s));
  const std::string text = co_await test::text_of<timeout_error>(wait_for(handle, 1s));
  CHECK(text != "nothing was thrown");
  CHECK_FALSE(handle.done());
  const std::string& value = co_await handle;
  CHECK(value == "text");
}

TRIDEM_TEST("cutting an await of an owned handle cancels the task and awaits its end") {
  bool cleaned = false;
  auto body = [](bool* flag) -> task<> {
    try {
      co_await sleep(1h);
    } catch (const cancelled&) {
      *flag = true;
      throw;
    }
  };
  auto handle = create_task(body, &cleaned);
  const std::string text = co_await test::text_of<timeout_error>(wait_for(std::move(handle), 1s));
  CHECK(text != "nothing was thrown");
  CHECK(cleaned);
}

}  // namespace
}  // namespace tridem
