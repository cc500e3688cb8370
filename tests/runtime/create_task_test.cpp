// SPDX-License-Identifier: MIT
// create_task: scheduled at once, owned by the loop, watched by handles.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>

#include <memory>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<int> number(int value) {
  co_return value;
}

TRIDEM_TEST("a task starts in a later step; without debug mode in order of creation") {
  std::vector<int> order;
  auto note = [](std::vector<int>* into, int what) -> task<> {
    into->push_back(what);
    co_return;
  };
  auto first = create_task(note(&order, 1));
  auto second = create_task(note, &order, 2);
  CHECK(order.empty());
  co_await second;
  co_await first;
  REQUIRE(order.size() == 2);
  CHECK(order[0] + order[1] == 3);
  if (!detail::debug_mode()) CHECK(order[0] == 1);
}

TRIDEM_TEST("names: given, or made from the id") {
  auto named = create_task(number(1), "loader");
  auto unnamed = create_task(number(2));
  CHECK(named.name() == "loader");
  CHECK(unnamed.name() == "task-" + std::to_string(unnamed.id()));
  CHECK(unnamed.id() == named.id() + 1);
  co_await named;
  co_await unnamed;
}

TRIDEM_TEST("anything awaitable becomes a task") {
  const time_point start = now();
  auto nap = create_task(sleep(1h), "nap");
  auto chained = create_task(create_task(number(6)));
  const int value = co_await chained;
  CHECK(value == 6);
  co_await nap;
  CHECK(now() - start >= 1h);
}

TRIDEM_TEST("dropping a handle neither cancels nor loses the task") {
  event done;
  bool cut = false;
  auto work = [](event* finished, bool* was_cut) -> task<> {
    try {
      co_await sleep(1s);
    } catch (const cancelled&) {
      *was_cut = true;
      throw;
    }
    finished->set();
  };
  {
    auto dropped = create_task(work, &done, &cut);
  }
  co_await done.wait();
  CHECK_FALSE(cut);
}

TRIDEM_TEST("callable and arguments live until the task has ended") {
  struct mine;
  using probe = test::lifetime_probe<mine>;
  probe::counts.reset();
  {
    auto body = [held = probe(1)](probe argument) -> task<int> {
      co_await sleep(1s);
      co_return held.value + argument.value;
    };
    auto handle = create_task(moved(body), probe(2));
    const int sum = co_await std::move(handle);
    CHECK(sum == 3);
  }
  CHECK(probe::counts.copied == 0);
  CHECK(probe::counts.live() == 0);
}

TRIDEM_TEST("arguments are decayed and moved") {
  auto take = [](std::unique_ptr<int> owned, std::string text) -> task<std::size_t> {
    co_await yield();
    co_return static_cast<std::size_t>(*owned) + text.size();
  };
  auto owned = std::make_unique<int>(3);
  auto handle = create_task(take, std::move(owned), "four");
  const std::size_t sum = co_await handle;
  CHECK(sum == 7);
}

TEST_CASE("what is left when run ends is cancelled and awaited") {
  struct mine;
  using probe = test::lifetime_probe<mine>;
  probe::counts.reset();
  int cleaned = 0;
  auto stay = [](probe, int* count) -> task<> {
    try {
      co_await sleep(std::chrono::hours(1000));
    } catch (const cancelled&) {
      ++*count;
      throw;
    }
  };
  auto main = [](auto* work, int* count) -> task<> {
    for (int i = 0; i < 10; ++i) (void)create_task(*work, probe(i), count);
    co_await yield();
  };
  run(main(&stay, &cleaned));
  CHECK(cleaned == 10);
  CHECK(probe::counts.live() == 0);
}

}  // namespace
}  // namespace tridem
