// SPDX-License-Identifier: MIT
// The loop: callbacks, timers, other threads.
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/sleep.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

TEST_CASE("without run there is no loop") {
  CHECK(event_loop::current_or_null() == nullptr);
}

TRIDEM_TEST("inside a task the loop is at hand, and says who serves it") {
  CHECK(event_loop::current_or_null() == &event_loop::current());
  CHECK(std::string(event_loop::current().driver_name()) == "virtual");
  CHECK_FALSE(event_loop::current().thread_name().empty());
  co_return;
}

TRIDEM_TEST("call_soon calls in order, in a later step of this turn") {
  event_loop& loop = event_loop::current();
  std::vector<int> order;
  loop.call_soon([&] { order.push_back(1); });
  loop.call_soon([&] { order.push_back(2); });
  auto owned = std::make_unique<int>(3);
  loop.call_soon([&order, owned = std::move(owned)] { order.push_back(*owned); });
  CHECK(order.empty());
  co_await yield();
  CHECK(order == std::vector<int>{1, 2, 3});
}

TRIDEM_TEST("call_later and call_at call in order of time; a handle takes a call back") {
  event_loop& loop = event_loop::current();
  const time_point start = loop.fresh_now();
  std::vector<std::pair<int, duration>> calls;
  auto note = [&](int which) {
    return [&calls, &loop, start, which] { calls.emplace_back(which, loop.fresh_now() - start); };
  };
  auto second = loop.call_later(2s, note(2));
  auto first = loop.call_at(start + 1s, note(1));
  auto taken_back = loop.call_later(1500ms, note(9));
  CHECK(taken_back.cancel());
  CHECK_FALSE(taken_back.cancel());
  co_await sleep(3s);
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].first == 1);
  CHECK(calls[0].second >= 1s);
  CHECK(calls[1].first == 2);
  CHECK(calls[1].second >= 2s);
  CHECK_FALSE(first.cancel());
  CHECK_FALSE(second.cancel());
}

TRIDEM_TEST("call_soon_threadsafe reaches a loop that sleeps, from many threads") {
  event_loop& loop = event_loop::current();
  constexpr int threads = 4;
  constexpr int calls = 500;
  int count = 0;
  event all;
  std::vector<std::jthread> others;
  for (int i = 0; i < threads; ++i) {
    others.emplace_back([&] {
      for (int n = 0; n < calls; ++n) {
        loop.call_soon_threadsafe([&] {
          if (++count == threads * calls) all.set();
        });
      }
    });
  }
  co_await all.wait();
  CHECK(count == threads * calls);
}

TRIDEM_TEST("calls from one other thread keep their order") {
  event_loop& loop = event_loop::current();
  std::vector<int> order;
  event done;
  std::jthread other([&] {
    for (int i = 0; i < 1000; ++i) {
      loop.call_soon_threadsafe([&order, i] { order.push_back(i); });
    }
    loop.call_soon_threadsafe([&] { done.set(); });
  });
  co_await done.wait();
  REQUIRE(order.size() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TRIDEM_TEST("an exception of a callback does not disturb the loop") {
  event_loop::current().call_soon([] { throw std::runtime_error("this text belongs here"); });
  co_await yield();
  co_await sleep(1s);
}

TEST_CASE("what was never called is released when the loop ends") {
  struct mine;
  using probe = test::lifetime_probe<mine>;
  probe::counts.reset();
  auto leave = []() -> task<> {
    event_loop& loop = event_loop::current();
    (void)loop.call_later(1h, [held = probe(1)] {});
    loop.call_soon([held = probe(2)] {});
    loop.call_soon_threadsafe([held = probe(3)] {});
    co_return;
  };
  run(leave());
  CHECK(probe::counts.live() == 0);
}

TRIDEM_TEST("a timer handle: moved, dropped, too late, and from inside its own call") {
  event_loop& loop = event_loop::current();
  int calls = 0;
  auto count = [&calls] { ++calls; };
  {
    auto dropped = loop.call_later(1s, count);
  }
  co_await sleep(2s);
  CHECK(calls == 1);  // to drop the handle does not take the call back

  auto first = loop.call_later(1s, count);
  auto moved = std::move(first);
  CHECK(moved.cancel());
  CHECK_FALSE(moved.cancel());
  co_await sleep(2s);
  CHECK(calls == 1);

  auto late = loop.call_later(1s, count);
  co_await sleep(2s);
  CHECK(calls == 2);
  CHECK_FALSE(late.cancel());

  std::optional<timer_handle> own;
  bool could_cancel = true;
  own.emplace(loop.call_at(now() + 1s, [&] { could_cancel = own->cancel(); }));
  co_await sleep(2s);
  CHECK_FALSE(could_cancel);

  // One call takes back another that is due in the same moment.
  std::optional<timer_handle> second;
  const time_point due = now() + 1s;
  auto cancels = loop.call_at(due, [&] { second->cancel(); });
  second.emplace(loop.call_at(due, count));
  co_await sleep(2s);
  CHECK(calls == 2);

  // And one arms the next, from inside.
  auto chained = loop.call_later(1s, [&] { (void)loop.call_later(1s, count); });
  co_await sleep(3s);
  CHECK(calls == 3);
}

TEST_CASE("callbacks that always post themselves again do not hold up the end") {
  struct poster {
    event_loop* loop;
    int* calls;
    void operator()() const {
      ++*calls;
      loop->call_soon_threadsafe(*this);
    }
  };
  int calls = 0;
  auto main = [](int* count) -> task<> {
    event_loop& loop = event_loop::current();
    loop.call_soon_threadsafe(poster{&loop, count});
    loop.call_soon([] {});
    co_await yield();
  };
  run(main(&calls));
  CHECK(calls > 1);
}

}  // namespace
}  // namespace tridem
