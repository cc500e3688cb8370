// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/retry.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

TRIDEM_TEST("retry calls again after growing pauses, in the same task") {
  std::vector<tridem::time_point> calls;
  const std::string name = tridem::this_task::name();
  auto fail_twice = [&]() -> tridem::task<int> {
    CHECK(tridem::this_task::name() == name);
    calls.push_back(tridem::now());
    co_await tridem::yield();
    if (calls.size() < 3) throw std::runtime_error("not yet");
    co_return 7;
  };
  const int value =
      co_await tridem::retry({.attempts = 5, .first_pause = 1s, .jitter = 0.0}, fail_twice);
  CHECK(value == 7);
  REQUIRE(calls.size() == 3);
  CHECK(calls[1] - calls[0] >= 1s);
  CHECK(calls[2] - calls[1] >= 2s);
}

TRIDEM_TEST("the last failure is thrown, with a note of the attempts") {
  int calls = 0;
  auto fail = [&]() -> tridem::task<> {
    ++calls;
    co_await tridem::yield();
    throw std::runtime_error("always");
  };
  std::string text;
  try {
    co_await tridem::retry({.attempts = 3, .first_pause = 1ms}, fail);
  } catch (const std::runtime_error&) {
    text = tridem::format_exception(std::current_exception());
  }
  CHECK(calls == 3);
  CHECK(text.find("always") != std::string::npos);
  CHECK(text.find("gave up after 3 attempts") != std::string::npos);
}

TRIDEM_TEST("what is not worth it is not tried again, nor is a cancellation") {
  int calls = 0;
  auto fail = [&]() -> tridem::task<> {
    ++calls;
    co_await tridem::sleep(1s);
    throw std::logic_error("a bug");
  };
  auto is_not_a_bug = [](const std::exception& error) {
    return dynamic_cast<const std::logic_error*>(&error) == nullptr;
  };
  bool thrown = false;
  try {
    co_await tridem::retry({}, fail, is_not_a_bug);
  } catch (const std::logic_error&) {
    thrown = true;
  }
  CHECK(thrown);
  CHECK(calls == 1);
  bool timed_out = false;
  try {
    co_await tridem::wait_for(tridem::retry({}, fail), 500ms);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK(calls == 2);
}

TRIDEM_TEST("limit bounds how many calls run at once, and keeps their order") {
  int running = 0;
  int most = 0;
  auto work = [&](int number) -> tridem::task<int> {
    most = std::max(most, ++running);
    co_await tridem::sleep(1s);
    --running;
    co_return number;
  };
  auto few = tridem::limit(3, work);
  std::vector<tridem::task<int>> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(few(i));
  auto results = co_await tridem::gather(std::move(calls));
  CHECK(most == 3);
  CHECK(few.available() == 3);
  CHECK(std::ranges::is_sorted(results));
}

}  // namespace
