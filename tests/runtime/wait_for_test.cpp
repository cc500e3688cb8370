// SPDX-License-Identifier: MIT
// wait_for and wait_until: deadlines, and who wins when several things happen at once.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <stdexcept>
#include <string>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<int> number_after(duration span, int value) {
  co_await sleep(span);
  co_return value;
}

TRIDEM_TEST("in time: the value") {
  const int value = co_await wait_for(number_after(1s, 3), 2s);
  CHECK(value == 3);
  co_await wait_for(sleep(1s), 2s);
  const int until = co_await wait_until(number_after(1s, 4), now() + 2s);
  CHECK(until == 4);
  const int without = co_await wait_until(number_after(1s, 5), never);
  CHECK(without == 5);
}

TRIDEM_TEST("too late: timeout_error, and what was awaited has been cut") {
  const time_point start = now();
  bool cut = false;
  auto body = [](bool* flag) -> task<> {
    *flag = co_await test::is_cut(sleep(1h));
    if (*flag) co_await sleep(1h);
  };
  const std::string text = co_await test::text_of<timeout_error>(wait_for(body(&cut), 2s));
  CHECK(text.find("2000 ms") != std::string::npos);
  CHECK(cut);
  CHECK(now() - start >= 2s);
  CHECK(now() - start < 3s);
}

TRIDEM_TEST("the value wins, even one that comes in reaction to the timeout") {
  auto body = []() -> task<int> {
    const bool cut = co_await test::is_cut(sleep(1h));
    co_return cut ? 1 : 2;
  };
  const int value = co_await wait_for(body(), 1s);
  CHECK(value == 1);
}

TRIDEM_TEST("an error wins over the timeout") {
  auto body = []() -> task<> {
    const bool cut = co_await test::is_cut(sleep(1h));
    if (cut) throw std::runtime_error("error");
  };
  const std::string text = co_await test::text_of<std::runtime_error>(wait_for(body(), 1s));
  CHECK(text == "error");
}

TRIDEM_TEST("an outer cancellation wins over the timeout") {
  bool timed_out = false;
  auto body = [](bool* flag) -> task<> {
    try {
      co_await wait_for(sleep(1h), 1s);
    } catch (const timeout_error&) {
      *flag = true;
    }
  };
  auto handle = create_task(body, &timed_out);
  auto cancel_at_the_same_time = [](task_handle<> target) -> task<> {
    co_await sleep(1s);
    target.cancel();
  };
  auto canceller = create_task(cancel_at_the_same_time, handle);
  co_await sleep(2s);
  CHECK(handle.done());
  CHECK((handle.cancelled() || timed_out));
  co_await canceller;
}

TRIDEM_TEST("nested deadlines: the inner one, the outer one") {
  const std::string inner =
      co_await test::text_of<timeout_error>(wait_for(wait_for(sleep(1h), 1s), 5s));
  CHECK(inner.find("1000 ms") != std::string::npos);
  const std::string outer =
      co_await test::text_of<timeout_error>(wait_for(wait_for(sleep(1h), 5s), 1s));
  CHECK(outer.find("1000 ms") != std::string::npos);
}

TRIDEM_TEST("zero or less: started, and cut at its first wait") {
  bool began = false;
  auto body = [](bool* flag) -> task<> {
    *flag = true;
    co_await sleep(1h);
  };
  const std::string zero = co_await test::text_of<timeout_error>(wait_for(body(&began), 0s));
  CHECK(began);
  CHECK(zero != "nothing was thrown");
  const std::string past = co_await test::text_of<timeout_error>(wait_for(sleep(1h), -5s));
  CHECK(past != "nothing was thrown");
  const std::string until = co_await test::text_of<timeout_error>(wait_until(sleep(1h), now()));
  CHECK(until != "nothing was thrown");
  auto ready = []() -> task<int> { co_return 6; };
  const int value = co_await wait_for(ready(), 0s);
  CHECK(value == 6);
}

TRIDEM_TEST("a span without end is no deadline") {
  const int value = co_await wait_for(number_after(24h * 365, 7), duration::max());
  CHECK(value == 7);
}

TRIDEM_TEST("a deadline counts from the await, not from when it was written") {
  auto limited = wait_for(number_after(3s, 1), 4s);
  co_await sleep(10s);
  const int value = co_await std::move(limited);
  CHECK(value == 1);
}

}  // namespace
}  // namespace tridem
