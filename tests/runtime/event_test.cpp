// SPDX-License-Identifier: MIT
// event: level-triggered, first come first resumed.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<> note_when_set(event* awaited, std::vector<int>* order, int which) {
  co_await awaited->wait();
  order->push_back(which);
}

TRIDEM_TEST("all who wait are resumed, without debug mode in order; none inside set()") {
  event flag;
  std::vector<int> order;
  std::vector<task_handle<>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(create_task(note_when_set(&flag, &order, i)));
  co_await yield();
  flag.set();
  CHECK(order.empty());
  CHECK(flag.is_set());
  for (auto& handle : waiting) co_await handle;
  if (detail::debug_mode()) std::ranges::sort(order);
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TRIDEM_TEST("while it is set, waiting returns at once; after clear it waits again") {
  event flag;
  flag.set();
  flag.set();
  const time_point start = now();
  co_await flag.wait();
  co_await flag.wait();
  CHECK(now() == start);
  flag.clear();
  CHECK_FALSE(flag.is_set());
  std::vector<int> order;
  auto waiting = create_task(note_when_set(&flag, &order, 1));
  co_await sleep(1s);
  CHECK(order.empty());
  flag.set();
  co_await waiting;
  CHECK(order.size() == 1);
}

TRIDEM_TEST("set and clear at once still resumes who waited") {
  event flag;
  std::vector<int> order;
  auto waiting = create_task(note_when_set(&flag, &order, 1));
  co_await yield();
  flag.set();
  flag.clear();
  co_await waiting;
  CHECK(order.size() == 1);
}

TRIDEM_TEST("a cancelled waiter leaves the list") {
  event flag;
  std::vector<int> order;
  auto first = create_task(note_when_set(&flag, &order, 1));
  auto second = create_task(note_when_set(&flag, &order, 2));
  co_await yield();
  first.cancel();
  co_await yield();
  flag.set();
  co_await second;
  CHECK(first.cancelled());
  CHECK(order == std::vector<int>{2});
}

}  // namespace
}  // namespace tridem
