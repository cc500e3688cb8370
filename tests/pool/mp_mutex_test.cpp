// SPDX-License-Identifier: MIT
// mp::mutex: exclusion between processes, and what becomes of it when its owner is killed.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/mp_mutex.hpp>
#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <random>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using tridem::test::throws;

namespace {

struct pair_of_counts {
  long first = 0;
  long second = 0;
};

/// Without the lock, updates of two processes would be lost, and the two would differ.
long count_up(tridem::mp::mutex lock, tridem::shared_memory memory, int times) {
  auto& both = *reinterpret_cast<pair_of_counts*>(memory.data());
  long torn = 0;
  for (int i = 0; i < times; ++i) {
    const auto guard = lock.lock_blocking();
    torn += both.first != both.second;
    both.first = both.first + 1;
    both.second = both.second + 1;
  }
  return torn;
}
/// Until `end`. That somebody died is for the test to mend.
void keep_equal(tridem::mp::value<pair_of_counts> both, tridem::mp::event end) {
  while (!end.is_set()) {
    try {
      const auto inside = both.lock_blocking();
      ++inside->first;
      ++inside->second;
    } catch (const tridem::mp::owner_died&) {
      ::usleep(100);
    }
  }
}
tridem::task<> keep_counting(tridem::process_pool& pool, tridem::mp::value<pair_of_counts> both,
                             tridem::mp::event end) {
  while (!end.is_set()) {
    (void)co_await throws<tridem::worker_crashed>(pool.submit<&keep_equal>(both, end));
  }
}
void die_with_the_lock(tridem::mp::mutex lock) {
  const auto guard = lock.lock_blocking();
  ::raise(SIGKILL);
}
void die_while_waiting(tridem::mp::mutex lock, tridem::mp::value<int> begun) {
  begun.store(::getpid());
  const auto guard = lock.lock_blocking();
}
bool is_told(tridem::mp::mutex lock) {
  try {
    const auto guard = lock.lock_blocking();
    return false;
  } catch (const tridem::mp::owner_died& error) {
    return std::string(error.what()).find("died while it held the lock") != std::string::npos;
  }
}
void let_others_hear(tridem::mp::mutex lock) {
  const auto guard = lock.lock_blocking();
}

}  // namespace

TRIDEM_TEST("mp::mutex: no update is lost, between workers and the tasks of a loop") {
  tridem::process_pool pool{{.workers = 3}};
  const tridem::mp::mutex lock;
  const auto memory = tridem::shared_memory::create(sizeof(pair_of_counts));
  auto& both = *reinterpret_cast<pair_of_counts*>(const_cast<std::byte*>(memory.data()));
  std::vector<tridem::task_handle<long>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(tridem::create_task(pool.submit<&count_up>(lock, memory, 1000)));
  }
  for (int i = 0; i < 1000; ++i) {
    const auto guard = co_await lock.lock();
    CHECK(both.first == both.second);
    ++both.first;
    // The lock is held across awaits.
    if (i % 100 == 0) co_await tridem::yield();
    ++both.second;
  }
  for (auto& call : calls) CHECK(co_await call == 0);
  CHECK(both.first == 4000);
  CHECK(both.second == 4000);
}

TRIDEM_TEST("mp::mutex: tasks of one loop exclude each other, and threads do") {
  const tridem::mp::mutex lock;
  int inside = 0;
  int most = 0;
  const auto enter = [&]() -> tridem::task<> {
    for (int i = 0; i < 20; ++i) {
      const auto guard = co_await lock.lock();
      most = std::max(most, ++inside);
      co_await tridem::yield();
      --inside;
    }
  };
  const auto enter_in_thread = [&] {
    for (int i = 0; i < 20; ++i) {
      const auto guard = lock.lock_blocking();
      most = std::max(most, ++inside);
      --inside;
    }
  };
  co_await tridem::gather(enter(), enter(), tridem::to_thread(enter_in_thread));
  CHECK(most == 1);
  CHECK(inside == 0);
}

TRIDEM_TEST("mp::mutex: try_lock, early unlock, moved guards") {
  const tridem::mp::mutex lock;
  auto guard = lock.try_lock();
  REQUIRE(guard);
  CHECK_FALSE(lock.try_lock());
  auto moved = std::move(*guard);
  CHECK_FALSE(guard->owns_lock());
  CHECK(moved.owns_lock());
  moved.unlock();
  CHECK_FALSE(moved.owns_lock());
  auto again = co_await lock.lock();
  CHECK(again.owns_lock());
}

TRIDEM_TEST("mp::mutex: a wait that is cut short leaves the lock to others") {
  const tridem::mp::mutex lock;
  auto guard = co_await lock.lock();
  const bool in_time = co_await throws<tridem::timeout_error>(tridem::wait_for(lock.lock(), 5ms));
  CHECK(in_time);
  guard.unlock();
  const auto next = co_await lock.lock();
  CHECK(next.owns_lock());
}

TRIDEM_TEST("mp::mutex: the death of the owner is told to all, until somebody recovers") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::mutex lock;
  auto died =
      tridem::create_task(throws<tridem::worker_crashed>(pool.submit<&die_with_the_lock>(lock)));
  CHECK(co_await died);
  // Whoever comes: a task, a worker, somebody who only tries.
  auto locking = lock.lock();
  const bool is_task_told = co_await throws<tridem::mp::owner_died>(std::move(locking));
  CHECK(is_task_told);
  CHECK(co_await pool.submit<&is_told>(lock));
  CHECK_THROWS_AS((void)lock.try_lock(), tridem::mp::owner_died);
  // It crosses processes as itself.
  const bool is_remote_told =
      co_await throws<tridem::mp::owner_died>(pool.submit<&let_others_hear>(lock));
  CHECK(is_remote_told);
  {
    const auto guard = co_await lock.recover();
    CHECK(guard.owns_lock());
  }
  const auto guard = co_await lock.lock();
  CHECK(guard.owns_lock());
}

TRIDEM_TEST("mp::mutex: those who wait when the owner dies are told") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::mutex lock;
  auto guard = co_await lock.lock();
  auto dying =
      tridem::create_task(throws<tridem::worker_crashed>(pool.submit<&die_with_the_lock>(lock)));
  auto waiting = tridem::create_task(pool.submit<&is_told>(lock));
  auto waiting_here = tridem::create_task(throws<tridem::mp::owner_died>(lock.lock()));
  guard.unlock();
  // Whoever had the lock first has given it back, so that sooner or later the worker dies with it.
  CHECK(co_await dying);
  (void)co_await waiting;
  (void)co_await waiting_here;
  const auto recovered = co_await lock.recover();
  CHECK(recovered.owns_lock());
}

TRIDEM_TEST("mp::mutex: one that is killed while it waits harms nobody") {
  tridem::process_pool pool{{.workers = 1}};
  const tridem::mp::mutex lock;
  const tridem::mp::value<int> begun(0);
  auto guard = co_await lock.lock();
  auto waiting = tridem::create_task(
      throws<tridem::worker_crashed>(pool.submit<&die_while_waiting>(lock, begun)));
  while (begun.load() == 0) co_await tridem::sleep(1ms);
  ::kill(begun.load(), SIGKILL);
  CHECK(co_await waiting);
  guard.unlock();
  const auto next = co_await lock.lock();
  CHECK(next.owns_lock());
}

TRIDEM_TEST("mp::mutex: a job that waits for it can be cancelled, gently") {
  tridem::process_pool pool{{.workers = 1, .grace = 1min}};
  const tridem::mp::mutex lock;
  const tridem::mp::value<int> begun(0);
  auto guard = co_await lock.lock();
  auto waiting = tridem::create_task(pool.submit<&die_while_waiting>(lock, begun));
  while (begun.load() == 0) co_await tridem::sleep(1ms);
  const int worker = begun.load();
  waiting.cancel();
  bool was_cancelled = false;
  try {
    co_await waiting;
  } catch (const tridem::task_cancelled&) {
    was_cancelled = true;
  }
  CHECK(was_cancelled);
  // The worker lives on: it was not killed for it.
  CHECK(pool.stats().worker_pids == std::vector<int>{worker});
}

TRIDEM_TEST("mp::mutex: killed at random moments, nothing is torn unseen, and nothing hangs") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::value<pair_of_counts> both;
  const tridem::mp::event end;
  auto one = tridem::create_task(keep_counting(pool, both, end));
  auto other = tridem::create_task(keep_counting(pool, both, end));
  std::mt19937 random(3);
  for (int kills = 0; kills < 40;) {
    // Not a wait for anything: the moment is what this test varies.
    co_await tridem::sleep(std::chrono::microseconds(random() % 3000));
    const auto pids = pool.stats().worker_pids;
    if (pids.empty()) continue;
    ::kill(pids[random() % pids.size()], SIGKILL);
    ++kills;
    auto locking = tridem::as_result(both.lock());
    auto inside = co_await std::move(locking);
    if (inside) {
      // Nobody was told of a death inside, so there was none.
      CHECK((*inside)->first == (*inside)->second);
    } else {
      const auto mended = co_await both.recover();
      mended->second = mended->first;
    }
  }
  end.set();
  co_await one;
  co_await other;
}
