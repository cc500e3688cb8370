// SPDX-License-Identifier: MIT
// Cancellation in exact words: level-triggered, scoped, and a completed operation wins.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>

namespace tridem {
namespace {

using namespace std::chrono_literals;

static_assert(!std::is_base_of_v<std::exception, cancelled>);
static_assert(!std::is_default_constructible_v<cancelled>);

TRIDEM_TEST("cancelled is no std::exception, so a broad catch lets it pass") {
  bool swallowed = false;
  auto body = [](bool* flag) -> task<> {
    try {
      co_await sleep(1h);
    } catch (const std::exception&) {
      *flag = true;
    }
  };
  auto handle = create_task(body, &swallowed);
  co_await yield();
  handle.cancel();
  co_await sleep(1s);
  CHECK(handle.cancelled());
  CHECK_FALSE(swallowed);
}

TRIDEM_TEST("level-triggered: each later cancellable await throws again") {
  int thrown = 0;
  auto body = [](int* count) -> task<> {
    event never_set;
    for (int i = 0; i < 5; ++i) {
      const bool cut = co_await test::is_cut(never_set.wait());
      *count += cut;
    }
    CHECK(this_task::cancel_requested());
    co_await sleep(1h);
  };
  auto handle = create_task(body, &thrown);
  co_await yield();
  handle.cancel();
  co_await sleep(1s);
  CHECK(thrown == 5);
  CHECK(handle.cancelled());
}

TRIDEM_TEST("returning normally delivers the value of a cancelled task") {
  auto body = []() -> task<int> {
    const bool cut = co_await test::is_cut(sleep(1h));
    CHECK(cut);
    co_return 4;
  };
  auto handle = create_task(body);
  co_await yield();
  handle.cancel();
  const int value = co_await handle;
  CHECK(value == 4);
  CHECK_FALSE(handle.cancelled());
}

TRIDEM_TEST("an error thrown in reaction to a cancellation is an error") {
  auto body = []() -> task<> {
    const bool cut = co_await test::is_cut(sleep(1h));
    if (cut) throw std::runtime_error("cleanup failed");
  };
  auto handle = create_task(body);
  co_await yield();
  handle.cancel();
  const std::string text = co_await test::text_of<std::runtime_error>(handle);
  CHECK(text == "cleanup failed");
}

TRIDEM_TEST("cancel only requests: nobody is resumed inside it") {
  bool resumed = false;
  auto body = [](bool* flag) -> task<> {
    try {
      co_await sleep(1h);
    } catch (const cancelled&) {
      *flag = true;
      throw;
    }
  };
  auto handle = create_task(body, &resumed);
  co_await yield();
  handle.cancel();
  handle.cancel();
  CHECK_FALSE(resumed);
  co_await yield();
  CHECK(resumed);
}

TRIDEM_TEST("a hand-off completes the waiter: a later cancel comes at its next await") {
  queue<int> items(1);
  mutex lock;
  semaphore permits(0);
  event flag;
  auto held = co_await lock.lock();
  struct got {
    std::optional<int> item;
    bool locked = false;
    bool permitted = false;
    bool told = false;
    int cut_after = 0;
  } seen;
  auto take = [](queue<int>* from, got* into) -> task<> {
    into->item = co_await from->get();
    into->cut_after += co_await test::is_cut(yield());
  };
  auto own = [](mutex* from, got* into) -> task<> {
    const auto guard = co_await from->lock();
    into->locked = true;
    into->cut_after += co_await test::is_cut(yield());
  };
  auto acquire = [](semaphore* from, got* into) -> task<> {
    const auto permit = co_await from->acquire();
    into->permitted = true;
    into->cut_after += co_await test::is_cut(yield());
  };
  auto watch = [](event* from, got* into) -> task<> {
    co_await from->wait();
    into->told = true;
    into->cut_after += co_await test::is_cut(yield());
  };
  auto a = create_task(take, &items, &seen);
  auto b = create_task(own, &lock, &seen);
  auto c = create_task(acquire, &permits, &seen);
  auto d = create_task(watch, &flag, &seen);
  co_await yield();
  CHECK(items.try_put(5));
  held.unlock();
  permits.release();
  flag.set();
  a.cancel();
  b.cancel();
  c.cancel();
  d.cancel();
  co_await gather(a, b, c, d);
  CHECK(seen.item == 5);
  CHECK(seen.locked);
  CHECK(seen.permitted);
  CHECK(seen.told);
  CHECK(seen.cut_after == 4);
  CHECK_FALSE(lock.is_locked());
  CHECK(permits.available() == 1);
}

TRIDEM_TEST("a cancelled waiter takes nothing: the hand-off goes to the next one") {
  queue<int> items(1);
  auto take = [](queue<int>* from) -> task<int> {
    const std::optional<int> item = co_await from->get();
    co_return item.value_or(-1);
  };
  auto first = create_task(take, &items);
  auto second = create_task(take, &items);
  co_await yield();
  first.cancel();
  CHECK(items.try_put(9));
  const int value = co_await second;
  CHECK(value == 9);
  while (!first.done()) co_await yield();
  CHECK(first.cancelled());
}

TRIDEM_TEST("every leaf checks before any effect") {
  queue<int> items(4);
  mutex lock;
  semaphore permits(1);
  CHECK(items.try_put(1));
  auto body = [](queue<int>* q, mutex* m, semaphore* s) -> task<int> {
    int cut = co_await test::is_cut(sleep(1h));
    cut += co_await test::is_cut(q->get());
    cut += co_await test::is_cut(q->put(2));
    cut += co_await test::is_cut(m->lock());
    cut += co_await test::is_cut(s->acquire());
    cut += co_await test::is_cut(yield());
    cut += co_await test::is_cut(sleep(0s));
    co_return cut;
  };
  auto handle = create_task(body, &items, &lock, &permits);
  co_await yield();
  handle.cancel();
  const int cut = co_await handle;
  CHECK(cut == 7);
  CHECK(items.size() == 1);
  CHECK_FALSE(lock.is_locked());
  CHECK(permits.available() == 1);
}

TRIDEM_TEST("scopes nest: an inner one absorbs its own cancellation, not an outer one") {
  auto inner_only = [](cancel_scope& outer) -> task<bool> {
    auto body = [](cancel_scope& inner) -> task<> {
      inner.cancel();
      co_await sleep(1h);
    };
    const bool inner_ended = co_await with_cancel_scope(body);
    CHECK_FALSE(inner_ended);
    CHECK_FALSE(outer.is_cancelled());
    co_await yield();
    co_return true;
  };
  const std::optional<bool> both = co_await with_cancel_scope(inner_only);
  CHECK(both == true);

  bool after_inner = false;
  auto outer_too = [&](cancel_scope& outer) -> task<> {
    auto body = [&](cancel_scope& inner) -> task<> {
      inner.cancel();
      outer.cancel();
      co_await sleep(1h);
    };
    co_await with_cancel_scope(body);
    after_inner = true;
  };
  const bool ended = co_await with_cancel_scope(outer_too);
  CHECK_FALSE(ended);
  CHECK_FALSE(after_inner);
}

TRIDEM_TEST("awaiting a task is not itself a check") {
  auto compute = []() -> task<int> { co_return 3; };
  auto body = [&](cancel_scope& scope) -> task<int> {
    scope.cancel();
    const int value = co_await compute();
    co_return value;
  };
  const std::optional<int> value = co_await with_cancel_scope(body);
  CHECK(value == 3);
}

TRIDEM_TEST("the deadline of a scope, and the earliest of those around it") {
  const time_point start = now();
  auto body = [start](cancel_scope& outer) -> task<> {
    outer.deadline(start + 10s);
    auto innermost = [start](cancel_scope& inner) -> task<> {
      inner.deadline(start + 1h);
      CHECK(inner.effective_deadline() == start + 10s);
      co_await sleep(2h);
    };
    co_await with_cancel_scope(innermost);
  };
  const bool ended = co_await with_cancel_scope(body);
  CHECK_FALSE(ended);
  CHECK(now() - start >= 10s);
  CHECK(now() - start < 11s);
}

TRIDEM_TEST("the effective deadline ends at a shield, and follows later changes") {
  const time_point start = now();
  auto body = [start](cancel_scope& outer) -> task<> {
    CHECK(outer.effective_deadline() == never);
    outer.deadline(start + 10s);
    auto inside_shield = [start](cancel_scope& inner) -> task<> {
      CHECK(inner.effective_deadline() == never);
      inner.deadline(start + 1h);
      auto innermost = [start](cancel_scope& last) -> task<> {
        CHECK(last.effective_deadline() == start + 1h);
        last.deadline(start + 2s);
        CHECK(last.effective_deadline() == start + 2s);
        last.deadline(never);
        CHECK(last.effective_deadline() == start + 1h);
        co_return;
      };
      co_await with_cancel_scope(innermost);
    };
    co_await shield(with_cancel_scope(inside_shield));
    auto inside_timed_shield = [start](cancel_scope& inner) -> task<> {
      CHECK(inner.effective_deadline() == start + 5s);
      co_return;
    };
    co_await shield(with_cancel_scope(inside_timed_shield), start + 5s);
    auto inside_wait = [start](cancel_scope& inner) -> task<> {
      CHECK(inner.effective_deadline() == start + 10s);
      co_return;
    };
    co_await wait_until(with_cancel_scope(inside_wait), start + 20s);
    outer.deadline(start + 30s);
    auto later = [start](cancel_scope& inner) -> task<> {
      CHECK(inner.effective_deadline() == start + 20s);
      co_return;
    };
    co_await wait_until(with_cancel_scope(later), start + 20s);
  };
  const bool ended = co_await with_cancel_scope(body);
  CHECK(ended);
}

}  // namespace
}  // namespace tridem
