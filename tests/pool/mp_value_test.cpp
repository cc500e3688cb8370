// SPDX-License-Identifier: MIT
// mp::value: with the lock, and without it.
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <vector>

namespace {

struct point {
  double x = 0;
  double y = 0;
  long moves = 0;
};

void move(tridem::mp::value<point> where, int times) {
  for (int i = 0; i < times; ++i) {
    const auto guard = where.lock_blocking();
    guard->x += 1;
    guard->y -= 1;
    ++guard->moves;
  }
}
void die_halfway(tridem::mp::value<point> where) {
  const auto guard = where.lock_blocking();
  guard->x += 1;
  ::raise(SIGKILL);
}
void add(tridem::mp::value<long> counter, int times) {
  for (int i = 0; i < times; ++i) counter.fetch_add(1);
}
tridem::mp::value<long> make(long initial) {
  return tridem::mp::value<long>(initial);
}

}  // namespace

TRIDEM_TEST("mp::value: changes under the lock are whole") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::value<point> where(point{1, 2, 0});
  auto one = tridem::create_task(pool.submit<&move>(where, 500));
  auto other = tridem::create_task(pool.submit<&move>(where, 500));
  for (int i = 0; i < 500; ++i) {
    const auto guard = co_await where.lock();
    CHECK(guard->x + guard->y == 3);
    (*guard).x += 1;
    guard->y -= 1;
    ++guard->moves;
  }
  co_await one;
  co_await other;
  auto guard = where.try_lock();
  REQUIRE(guard);
  CHECK((*guard)->moves == 1500);
  CHECK((*guard)->x == 1501);
  CHECK_FALSE(where.try_lock());
}

TRIDEM_TEST("mp::value: a process that dies halfway is told, and what it left can be mended") {
  tridem::process_pool pool{{.workers = 1}};
  const tridem::mp::value<point> where;
  bool crashed = false;
  try {
    co_await pool.submit<&die_halfway>(where);
  } catch (const tridem::worker_crashed&) {
    crashed = true;
  }
  CHECK(crashed);
  bool told = false;
  try {
    (void)co_await where.lock();
  } catch (const tridem::mp::owner_died&) {
    told = true;
  }
  CHECK(told);
  {
    const auto guard = co_await where.recover();
    CHECK(guard->x == 1);
    guard->y = -1;
  }
  const auto guard = co_await where.lock();
  CHECK(guard->x + guard->y == 0);
}

TRIDEM_TEST("mp::value: numbers can be changed without the lock") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::value<long> counter(5);
  auto one = tridem::create_task(pool.submit<&add>(counter, 10'000));
  auto other = tridem::create_task(pool.submit<&add>(counter, 10'000));
  add(counter, 10'000);
  co_await one;
  co_await other;
  CHECK(counter.load() == 30'005);
  CHECK(counter.exchange(1) == 30'005);
  long expected = 1;
  CHECK(counter.compare_exchange(expected, 2));
  counter.store(3);
  CHECK(counter.load() == 3);
}

TRIDEM_TEST("mp::value: one that a worker makes comes back as a result") {
  tridem::process_pool pool{{.workers = 1}};
  const auto counter = co_await pool.submit<&make>(7);
  co_await pool.submit<&add>(counter, 3);
  CHECK(counter.load() == 10);
}
