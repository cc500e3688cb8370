// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/concurrent_queue.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <memory>
#include <thread>
#include <utility>

using namespace std::chrono_literals;

namespace {

TRIDEM_TEST("within one loop it is a queue") {
  tridem::concurrent_queue<std::unique_ptr<int>> items(1);
  auto produce = [&]() -> tridem::task<> {
    for (int i = 1; i <= 4; ++i) co_await items.put(std::make_unique<int>(i));
    items.close();
  };
  auto producing = tridem::create_task(produce);
  int sum = 0;
  for (;;) {
    auto item = co_await items.get();
    if (!item) break;
    sum += **item;
  }
  CHECK(sum == 10);
  co_await producing;
  const bool accepted = co_await items.put(std::make_unique<int>(5));
  CHECK_FALSE(accepted);
}

TRIDEM_TEST("a cancelled get takes nothing, a cancelled put puts nothing") {
  tridem::concurrent_queue<int> items(1);
  bool timed_out = false;
  try {
    co_await tridem::wait_for(items.get(), 1s);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK(items.try_put(1));
  timed_out = false;
  try {
    co_await tridem::wait_for(items.put(2), 1s);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK(items.try_get() == 1);
  CHECK(items.size() == 0);
}

TRIDEM_TEST("an item that is on its way to the loser of a race goes back, and stays the oldest") {
  tridem::concurrent_queue<int> items(1);
  tridem::event won;
  auto first_of = [&]() -> tridem::task<std::size_t> {
    const auto first = co_await tridem::race(items.get(), won.wait());
    co_return first.index();
  };
  auto racing = tridem::create_task(first_of);
  co_await tridem::yield();
  CHECK(items.try_put(7));  // handed over by way of the inbox, as from another thread
  won.set();
  CHECK(items.try_put(8));
  CHECK(co_await racing == 1);
  CHECK(items.size() == 2);
  CHECK((co_await items.get()).value() == 7);
  CHECK((co_await items.get()).value() == 8);
}

TRIDEM_TEST("plain threads feed a loop that sleeps") {
  tridem::concurrent_queue<int> items(1000);
  constexpr int each = 500;
  auto feed = [&] {
    for (int i = 0; i < each; ++i) {
      while (!items.try_put(1)) std::this_thread::yield();
    }
  };
  std::thread first(feed);
  std::thread second(feed);
  int sum = 0;
  for (int i = 0; i < 2 * each; ++i) sum += (co_await items.get()).value();
  CHECK(sum == 2 * each);
  first.join();
  second.join();
}

}  // namespace
