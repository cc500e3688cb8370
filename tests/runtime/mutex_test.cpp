// SPDX-License-Identifier: MIT
// mutex: one at a time across awaits, first come first served, and a lock is never lost.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<> use(mutex* lock, int* inside, std::vector<int>* order, int which) {
  const auto guard = co_await lock->lock();
  CHECK(++*inside == 1);
  co_await sleep(1s);
  order->push_back(which);
  --*inside;
}

TRIDEM_TEST("one at a time, in order of arrival") {
  mutex lock;
  int inside = 0;
  std::vector<int> order;
  std::vector<task<>> users;
  for (int i = 0; i < 10; ++i) users.push_back(use(&lock, &inside, &order, i));
  co_await gather(std::move(users));
  REQUIRE(order.size() == 10);
  for (int i = 0; i < 10; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
  CHECK_FALSE(lock.is_locked());
}

TRIDEM_TEST("guards: early unlock, move, try_lock") {
  mutex lock;
  auto guard = co_await lock.lock();
  CHECK(guard.owns_lock());
  CHECK_FALSE(lock.try_lock());
  mutex::guard moved_to = std::move(guard);
  CHECK_FALSE(guard.owns_lock());
  CHECK(lock.is_locked());
  moved_to.unlock();
  moved_to.unlock();
  CHECK_FALSE(lock.is_locked());
  CHECK(lock.try_lock());
  lock.unlock();
}

TRIDEM_TEST("unlock hands over: nobody overtakes") {
  mutex lock;
  auto guard = co_await lock.lock();
  bool got = false;
  auto wait = [](mutex* wanted, bool* flag) -> task<> {
    const auto held = co_await wanted->lock();
    *flag = true;
  };
  auto waiting = create_task(wait, &lock, &got);
  co_await yield();
  guard.unlock();
  CHECK(lock.is_locked());
  CHECK_FALSE(lock.try_lock());
  co_await waiting;
  CHECK(got);
  CHECK_FALSE(lock.is_locked());
}

TRIDEM_TEST("a timeout while waiting leaves the lock to the others") {
  mutex lock;
  auto guard = co_await lock.lock();
  const std::string text = co_await test::text_of<timeout_error>(wait_for(lock.lock(), 1s));
  CHECK(text != "nothing was thrown");
  guard.unlock();
  CHECK_FALSE(lock.is_locked());
}

}  // namespace
}  // namespace tridem
