// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/condition.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

using namespace std::chrono_literals;

namespace {

struct shared_state {
  tridem::mutex lock;
  tridem::condition changed;
  int value = 0;
  int woken = 0;
};

tridem::task<> wait_until_value(shared_state& state, int wanted) {
  auto held = co_await state.lock.lock();
  co_await state.changed.wait(held, [&] { return state.value >= wanted; });
  CHECK(held.owns_lock());
  ++state.woken;
}

TRIDEM_TEST("a waiter lets go of the lock, and has it again when it goes on") {
  shared_state state;
  auto waiting = tridem::create_task(wait_until_value(state, 1));
  co_await tridem::yield();
  CHECK_FALSE(state.lock.is_locked());
  {
    auto held = co_await state.lock.lock();
    state.value = 1;
    state.changed.notify();
  }
  co_await waiting;
  CHECK(state.woken == 1);
  CHECK_FALSE(state.lock.is_locked());
}

TRIDEM_TEST("notify ends one wait, notify_all ends all") {
  shared_state state;
  state.value = 1;
  auto wait_once = [&]() -> tridem::task<> {
    auto held = co_await state.lock.lock();
    co_await state.changed.wait(held);
    ++state.woken;
  };
  auto first = tridem::create_task(wait_once);
  auto second = tridem::create_task(wait_once);
  auto third = tridem::create_task(wait_once);
  co_await tridem::sleep(1ms);
  state.changed.notify();
  co_await tridem::sleep(1ms);
  CHECK(state.woken == 1);
  // Which of them came first is nobody's promise.
  CHECK(first.done() + second.done() + third.done() == 1);
  state.changed.notify_all();
  co_await tridem::sleep(1ms);
  CHECK(state.woken == 3);
}

TRIDEM_TEST("a cancelled wait takes the lock back before it throws") {
  shared_state state;
  bool held_again = false;
  auto wait_for_ever = [&]() -> tridem::task<> {
    auto held = co_await state.lock.lock();
    try {
      co_await state.changed.wait(held);
    } catch (const tridem::cancelled&) {
      held_again = held.owns_lock() && state.lock.is_locked();
      throw;
    }
  };
  auto waiting = tridem::create_task(wait_for_ever);
  co_await tridem::yield();
  auto held = co_await state.lock.lock();
  waiting.cancel();
  co_await tridem::sleep(1ms);
  CHECK_FALSE(waiting.done());  // the lock is ours: it waits for it, uncancellably
  held.unlock();
  co_await tridem::sleep(1ms);
  CHECK(waiting.cancelled());
  CHECK(held_again);
  CHECK_FALSE(state.lock.is_locked());
}

TRIDEM_TEST("a notification that came first wins over a cancellation") {
  shared_state state;
  bool returned = false;
  auto wait_once = [&]() -> tridem::task<> {
    auto held = co_await state.lock.lock();
    co_await state.changed.wait(held);
    returned = true;
    held.unlock();
    co_await tridem::yield();
  };
  auto waiting = tridem::create_task(wait_once);
  co_await tridem::yield();
  state.changed.notify();
  waiting.cancel();
  co_await tridem::sleep(1ms);
  CHECK(returned);
  CHECK(waiting.cancelled());
}

}  // namespace
