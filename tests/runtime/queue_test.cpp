// SPDX-License-Identifier: MIT
// queue<T>: bounded, in order, closable; nothing is lost or doubled.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

TRIDEM_TEST("first in, first out, never more than its capacity") {
  queue<int> items(3);
  std::vector<int> got;
  auto produce = [](queue<int>* into) -> task<> {
    for (int i = 0; i < 100; ++i) {
      const bool put = co_await into->put(i);
      CHECK(put);
      CHECK(into->size() <= 3);
    }
    into->close();
  };
  auto consume = [](queue<int>* from, std::vector<int>* into) -> task<> {
    for (;;) {
      const std::optional<int> item = co_await from->get();
      if (!item) co_return;
      into->push_back(*item);
      co_await yield();
    }
  };
  co_await gather(produce(&items), consume(&items, &got));
  REQUIRE(got.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(got[static_cast<std::size_t>(i)] == i);
}

TRIDEM_TEST("try_put and try_get never wait") {
  queue<int> items(2);
  CHECK(items.empty());
  CHECK_FALSE(items.try_get());
  CHECK(items.try_put(1));
  CHECK(items.try_put(2));
  CHECK(items.full());
  CHECK_FALSE(items.try_put(3));
  CHECK(items.try_get() == 1);
  CHECK(items.try_get() == 2);
  CHECK(items.capacity() == 2);
  co_return;
}

TRIDEM_TEST("close: waiting puts give false, gets drain and then give nothing") {
  queue<int> items(1);
  CHECK(items.try_put(1));
  auto put = [](queue<int>* into) -> task<bool> {
    const bool done = co_await into->put(2);
    co_return done;
  };
  auto waiting = create_task(put, &items);
  co_await yield();
  items.close();
  items.close();
  CHECK(items.is_closed());
  const bool done = co_await waiting;
  CHECK_FALSE(done);
  const bool later = co_await items.put(3);
  CHECK_FALSE(later);
  CHECK_FALSE(items.try_put(4));
  const std::optional<int> left = co_await items.get();
  CHECK(left == 1);
  const std::optional<int> nothing = co_await items.get();
  CHECK_FALSE(nothing);
}

TRIDEM_TEST("close wakes those who wait for an item") {
  queue<int> items(1);
  auto get = [](queue<int>* from) -> task<bool> {
    const std::optional<int> item = co_await from->get();
    co_return item.has_value();
  };
  auto first = create_task(get, &items);
  auto second = create_task(get, &items);
  co_await yield();
  items.close();
  auto [a, b] = co_await gather(first, second);
  CHECK_FALSE(a);
  CHECK_FALSE(b);
}

TRIDEM_TEST("join waits until every item was answered by task_done") {
  queue<int> items(10);
  co_await items.join();
  CHECK(items.try_put(1));
  CHECK(items.try_put(2));
  bool joined = false;
  auto join = [](queue<int>* of, bool* flag) -> task<> {
    co_await of->join();
    *flag = true;
  };
  auto joining = create_task(join, &items, &joined);
  (void)items.try_get();
  items.task_done();
  co_await sleep(1s);
  CHECK_FALSE(joined);
  (void)items.try_get();
  items.task_done();
  co_await joining;
  CHECK(joined);
}

TRIDEM_TEST("what only moves goes through, and what is left is destroyed") {
  queue<std::unique_ptr<int>> owned(1);
  auto first = std::make_unique<int>(1);
  co_await owned.put(std::move(first));
  const auto got = co_await owned.get();
  CHECK(**got == 1);
  struct mine;
  using probe = test::lifetime_probe<mine>;
  probe::counts.reset();
  {
    queue<probe> probes(4);
    CHECK(probes.try_put(probe(1)));
    CHECK(probes.try_put(probe(2)));
  }
  CHECK(probe::counts.live() == 0);
}

task<> take_some(queue<int>* from, std::vector<int>* into, unsigned seed) {
  std::minstd_rand random(seed);
  for (;;) {
    std::optional<int> item;
    bool timed_out = false;
    try {
      item = co_await wait_for(from->get(), std::chrono::microseconds(random() % 300));
    } catch (const timeout_error&) {
      timed_out = true;
    }
    if (timed_out) continue;
    if (!item) co_return;
    into->push_back(*item);
  }
}

task<> put_some(queue<int>* into, int first, int count, unsigned seed) {
  std::minstd_rand random(seed);
  for (int i = 0; i < count;) {
    bool timed_out = false;
    try {
      co_await wait_for(into->put(first + i), std::chrono::microseconds(random() % 300));
    } catch (const timeout_error&) {
      timed_out = true;
    }
    if (!timed_out) ++i;
    co_await sleep(std::chrono::microseconds(random() % 200));
  }
}

TRIDEM_TEST("under timeouts on both sides no item is lost or doubled") {
  queue<int> items(2);
  std::vector<int> got;
  auto produce = [](queue<int>* into) -> task<> {
    co_await gather(put_some(into, 0, 300, 1), put_some(into, 300, 300, 2));
    into->close();
  };
  co_await gather(produce(&items), take_some(&items, &got, 3), take_some(&items, &got, 4));
  std::sort(got.begin(), got.end());
  std::vector<int> all(600);
  std::iota(all.begin(), all.end(), 0);
  CHECK(got == all);
}

}  // namespace
}  // namespace tridem
