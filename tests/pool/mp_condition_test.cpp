// SPDX-License-Identifier: MIT
// mp::condition: turns taken by a task and by workers, and deaths in between.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_condition.hpp>
#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

/// Whose turn it is, protected by `lock`.
struct game {
  tridem::mp::mutex lock;
  tridem::mp::condition changed;
  tridem::mp::value<int> turn;
};

void play(game with, int mine, int players, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    auto guard = with.lock.lock_blocking();
    with.changed.wait_blocking(guard, [&] { return with.turn.load() % players == mine; });
    with.turn.fetch_add(1);
    with.changed.notify_all();
  }
}
void wait_for_turn(game with, int mine, tridem::mp::value<int> begun) {
  auto guard = with.lock.lock_blocking();
  begun.store(::getpid());
  with.changed.wait_blocking(guard, [&] { return with.turn.load() == mine; });
}

}  // namespace

TRIDEM_TEST("mp::condition: processes take turns") {
  tridem::process_pool pool{{.workers = 2}};
  const game with{tridem::mp::mutex(), tridem::mp::condition(), tridem::mp::value<int>(0)};
  auto one = tridem::create_task(pool.submit<&play>(with, 1, 3, 50));
  auto other = tridem::create_task(pool.submit<&play>(with, 2, 3, 50));
  for (int i = 0; i < 50; ++i) {
    auto guard = co_await with.lock.lock();
    co_await with.changed.wait(guard, [&] { return with.turn.load() % 3 == 0; });
    CHECK(guard.owns_lock());
    with.turn.fetch_add(1);
    with.changed.notify_all();
  }
  co_await one;
  co_await other;
  CHECK(with.turn.load() == 150);
}

TRIDEM_TEST("mp::condition: a wait that is cut short holds the lock again") {
  const game with{tridem::mp::mutex(), tridem::mp::condition(), tridem::mp::value<int>(0)};
  auto guard = co_await with.lock.lock();
  bool in_vain = false;
  try {
    co_await tridem::wait_for(with.changed.wait(guard), 5ms);
  } catch (const tridem::timeout_error&) {
    in_vain = true;
  }
  CHECK(in_vain);
  CHECK(guard.owns_lock());
  CHECK_FALSE(with.lock.try_lock());
}

TRIDEM_TEST("mp::condition: a notification is not lost with a process that dies") {
  tridem::process_pool pool{{.workers = 2}};
  const game with{tridem::mp::mutex(), tridem::mp::condition(), tridem::mp::value<int>(0)};
  const tridem::mp::value<int> doomed(0);
  const tridem::mp::value<int> survivor(0);
  auto dies = tridem::create_task(pool.submit<&wait_for_turn>(with, 1, doomed));
  while (doomed.load() == 0) co_await tridem::sleep(1ms);
  auto lives = tridem::create_task(pool.submit<&wait_for_turn>(with, 1, survivor));
  while (survivor.load() == 0) co_await tridem::sleep(1ms);
  {
    // With the lock held both of them sleep; stopped, the first one cannot act on its wake-up.
    const auto guard = co_await with.lock.lock();
    co_await tridem::test::stop_process(doomed.load());
    with.turn.store(1);
    with.changed.notify();
    ::kill(doomed.load(), SIGKILL);
  }
  co_await lives;
  bool crashed = false;
  try {
    co_await dies;
  } catch (const tridem::worker_crashed&) {
    crashed = true;
  }
  CHECK(crashed);
}
