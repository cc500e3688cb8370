// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/event.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <stdexcept>

using namespace std::chrono_literals;

namespace {

tridem::task<int> value_after(tridem::duration delay, int value) {
  co_await tridem::sleep(delay);
  co_return value;
}

tridem::task<int> failure_after(tridem::duration delay, const char* text) {
  co_await tridem::sleep(delay);
  throw std::runtime_error(text);
}

tridem::task<int> note_cancellation(bool& was_cancelled) {
  try {
    co_await tridem::sleep(1h);
  } catch (const tridem::cancelled&) {
    was_cancelled = true;
    throw;
  }
  co_return 0;
}

tridem::task<int> shielded(tridem::duration delay, int value) {
  co_await tridem::shield(tridem::sleep(delay));
  co_return value;
}

TRIDEM_TEST("the first to end wins, and the index tells which") {
  auto won = co_await tridem::race(value_after(3s, 3), value_after(1s, 1), tridem::sleep(2s));
  REQUIRE(won.index() == 1);
  CHECK(std::get<1>(won) == 1);
}

TRIDEM_TEST("losers are cancelled and awaited before the race ends") {
  bool was_cancelled = false;
  auto won = co_await tridem::race(value_after(1s, 1), note_cancellation(was_cancelled));
  CHECK(won.index() == 0);
  CHECK(was_cancelled);

  const tridem::time_point begun = tridem::now();
  co_await tridem::race(value_after(1s, 1), shielded(5s, 2));
  CHECK(tridem::now() - begun >= 5s);
}

TRIDEM_TEST("an error is an end like any other") {
  std::string text;
  try {
    co_await tridem::race(value_after(2s, 1), failure_after(1s, "first"));
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  CHECK(text == "first");
}

TRIDEM_TEST("a range gives index and value") {
  std::vector<tridem::task<int>> bodies;
  for (int i = 0; i < 5; ++i) bodies.push_back(value_after((5 - i) * 1s, i));
  auto won = co_await tridem::race(std::move(bodies));
  CHECK(won.index == 4);
  CHECK(won.value == 4);
}

TRIDEM_TEST("of two queues that get an item in the same step only one item is taken") {
  tridem::queue<int> left(1);
  tridem::queue<int> right(1);
  auto fill = [&]() -> tridem::task<> {
    co_await tridem::sleep(1s);
    CHECK(left.try_put(1));
    CHECK(right.try_put(2));
  };
  auto filling = tridem::create_task(fill);
  auto won = co_await tridem::race(left.get(), right.get());
  CHECK(won.index() == 0);
  CHECK(left.size() + right.size() == 1);
  co_await filling;
}

TRIDEM_TEST("a lock that loses a race is not held") {
  tridem::mutex lock;
  auto held = co_await lock.lock();
  auto won = co_await tridem::race(lock.lock(), tridem::sleep(1s));
  CHECK(won.index() == 1);
  held.unlock();
  CHECK_FALSE(lock.is_locked());
}

TRIDEM_TEST("race_settled hands over what losers had finished") {
  auto both = co_await tridem::race_settled(value_after(1s, 1), shielded(3s, 2));
  CHECK(std::get<0>(both) == 1);
  CHECK(std::get<1>(both) == 2);
  auto one = co_await tridem::race_settled(value_after(1s, 1), value_after(2s, 2));
  CHECK(std::get<0>(one) == 1);
  CHECK_FALSE(std::get<1>(one).has_value());
}

TRIDEM_TEST("a cancellation from outside reaches all, and is thrown") {
  bool timed_out = false;
  bool was_cancelled = false;
  try {
    co_await tridem::wait_for(tridem::race(value_after(1h, 1), note_cancellation(was_cancelled)),
                              1s);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK(was_cancelled);
}

TRIDEM_TEST("what is ready at once wins before the others begin to wait") {
  tridem::event set;
  set.set();
  auto won = co_await tridem::race(set.wait(), tridem::sleep(1h));
  CHECK(won.index() == 0);
}

}  // namespace
