// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <memory>
#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;

namespace {

tridem::async_generator<int> ticks(int count) {
  for (int i = 0; i < count; ++i) {
    co_await tridem::sleep(1s);
    co_yield i;
  }
}

tridem::async_generator<int> fail_after_one() {
  co_yield 1;
  co_await tridem::sleep(1s);
  throw std::runtime_error("broken source");
}

TRIDEM_TEST("values come as the body makes them, and null at the end") {
  auto source = ticks(3);
  const tridem::time_point begun = tridem::now();
  std::vector<int> seen;
  for (;;) {
    int* value = co_await source.next();
    if (value == nullptr) break;
    seen.push_back(*value);
  }
  CHECK(seen == std::vector<int>{0, 1, 2});
  CHECK(tridem::now() - begun >= 3s);
  CHECK(co_await source.next() == nullptr);
}

TRIDEM_TEST("an error ends the generator and carries its stack") {
  auto source = fail_after_one();
  CHECK(*co_await source.next() == 1);
  std::string text;
  try {
    co_await source.next();
  } catch (const std::runtime_error&) {
    text = tridem::format_exception(std::current_exception());
  }
  CHECK(text.find("broken source") != std::string::npos);
  CHECK(text.find("fail_after_one") != std::string::npos);
  CHECK(co_await source.next() == nullptr);
}

TRIDEM_TEST("cancelling the consumer cuts the await in the body") {
  auto source = ticks(1000);
  int seen = 0;
  bool timed_out = false;
  auto consume = [&]() -> tridem::task<> {
    for (;;) {
      int* value = co_await source.next();
      if (value == nullptr) break;
      ++seen;
    }
  };
  try {
    co_await tridem::wait_for(consume(), 3500ms);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK(seen == 3);
  CHECK(co_await source.next() == nullptr);  // `cancelled` went through the body: it has ended
}

TRIDEM_TEST("dropped between two values, its locals are destroyed") {
  auto held = std::make_shared<int>(5);
  auto body = [](std::shared_ptr<int> owned) -> tridem::async_generator<int> {
    for (;;) {
      co_await tridem::yield();
      co_yield *owned;
    }
  };
  {
    auto source = body(held);
    CHECK(*co_await source.next() == 5);
  }
  CHECK(held.use_count() == 1);
}

TRIDEM_TEST("a million values need no deep stack") {
  auto count = []() -> tridem::async_generator<int> {
    for (int i = 0; i < 1'000'000; ++i) co_yield i;
  };
  auto source = count();
  long sum = 0;
  for (;;) {
    int* value = co_await source.next();
    if (value == nullptr) break;
    sum += *value;
  }
  CHECK(sum == 499'999'500'000L);
}

}  // namespace
