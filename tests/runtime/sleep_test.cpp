// SPDX-License-Identifier: MIT
// sleep, sleep_until, yield: never early, in order of time, cut at once.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <random>
#include <string>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

TRIDEM_TEST("a sleep is never early, and not much late") {
  for (const duration span : {duration(1ns), duration(70us), duration(1ms), duration(3s),
                              duration(49h), duration(24h * 365 * 20)}) {
    const time_point start = event_loop::current().fresh_now();
    co_await sleep(span);
    const duration slept = event_loop::current().fresh_now() - start;
    CHECK(slept >= span);
    CHECK(slept <= span + 1ms + span / 1000);
  }
}

TRIDEM_TEST("an instant in the past, zero and negative spans give way once") {
  bool other_ran = false;
  auto other = [](bool* ran) -> task<> {
    *ran = true;
    co_return;
  };
  const time_point start = now();
  auto first = create_task(other, &other_ran);
  co_await sleep(-1h);
  CHECK(other_ran);
  other_ran = false;
  auto second = create_task(other, &other_ran);
  co_await sleep(0s);
  CHECK(other_ran);
  other_ran = false;
  auto third = create_task(other, &other_ran);
  co_await sleep_until(start - 1h);
  CHECK(other_ran);
  CHECK(now() - start < 1s);
  co_await gather(first, second, third);
}

TRIDEM_TEST("many sleepers wake in order of time") {
  std::minstd_rand random(7);
  std::vector<duration> woke;
  std::vector<task<>> sleepers;
  auto one = [](duration span, std::vector<duration>* into) -> task<> {
    co_await sleep(span);
    into->push_back(span);
  };
  for (int i = 0; i < 2000; ++i) {
    const duration span = std::chrono::milliseconds(random() % 10000000);
    sleepers.push_back(one(span, &woke));
  }
  co_await gather(std::move(sleepers));
  REQUIRE(woke.size() == 2000);
  for (std::size_t i = 1; i < woke.size(); ++i) CHECK(woke[i - 1] <= woke[i] + 1ms);
}

TRIDEM_TEST("cancelled at once, and the timer is forgotten") {
  const time_point start = now();
  auto nap = create_task(sleep(1h));
  co_await yield();
  nap.cancel();
  const std::string text = co_await test::text_of<task_cancelled>(nap);
  CHECK(text != "nothing was thrown");
  CHECK(nap.cancelled());
  CHECK(now() - start < 1s);
}

TRIDEM_TEST("yield lets everything else that is ready run first") {
  std::vector<int> order;
  auto step = [](std::vector<int>* into, int base) -> task<> {
    into->push_back(base + 1);
    co_await yield();
    into->push_back(base + 2);
    co_await yield();
    into->push_back(base + 3);
  };
  auto first = create_task(step, &order, 10);
  auto second = create_task(step, &order, 20);
  co_await gather(first, second);
  // Which of the two starts is nobody's promise.
  if (order.front() == 21) {
    for (int& step_done : order) step_done = step_done < 20 ? step_done + 10 : step_done - 10;
  }
  CHECK(order == std::vector<int>{11, 21, 12, 22, 13, 23});
}

TRIDEM_TEST("a task that only yields does not starve timers") {
  bool stop = false;
  auto spin = [](const bool* end) -> task<> {
    while (!*end) co_await yield();
  };
  auto nap = [](bool* end) -> task<> {
    co_await sleep(0s);
    *end = true;
  };
  auto spinning = create_task(spin, &stop);
  co_await nap(&stop);
  co_await spinning;
  CHECK(stop);
}

}  // namespace
}  // namespace tridem
