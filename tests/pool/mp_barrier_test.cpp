// SPDX-License-Identifier: MIT
// mp::barrier: rounds over processes, and what breaks it.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_array.hpp>
#include <tridem/pool/mp_barrier.hpp>
#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <stdexcept>

using namespace std::chrono_literals;
using tridem::test::throws;

namespace {

/// Nobody begins a round before all have ended the one before.
int run_rounds(tridem::mp::barrier meeting, tridem::mp::array<int> arrived, int rounds) {
  int wrong = 0;
  for (int i = 0; i < rounds; ++i) {
    arrived.fetch_add(static_cast<std::size_t>(i), 1);
    (void)meeting.arrive_and_wait_blocking();
    wrong += arrived.load(static_cast<std::size_t>(i)) != 3;
  }
  return wrong;
}
void die_before_arriving(tridem::mp::barrier, tridem::mp::event others_wait) {
  others_wait.wait_blocking();
  ::raise(SIGKILL);
}
bool is_told(tridem::mp::barrier meeting) {
  try {
    (void)meeting.arrive_and_wait_blocking();
    return false;
  } catch (const tridem::mp::broken_barrier&) {
    return true;
  }
}
std::size_t meet(tridem::mp::barrier meeting) {
  return meeting.arrive_and_wait_blocking();
}

}  // namespace

TRIDEM_TEST("mp::barrier: processes and tasks meet, round after round") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::barrier meeting(3);
  const tridem::mp::array<int> arrived(100);
  auto one = tridem::create_task(pool.submit<&run_rounds>(meeting, arrived, 100));
  auto other = tridem::create_task(pool.submit<&run_rounds>(meeting, arrived, 100));
  std::size_t firsts = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    arrived.fetch_add(i, 1);
    const std::size_t position = co_await meeting.arrive_and_wait();
    CHECK(position < 3);
    firsts += position == 0;
    CHECK(arrived.load(i) == 3);
  }
  CHECK(co_await one == 0);
  CHECK(co_await other == 0);
  CHECK(firsts <= 100);
  CHECK(meeting.waiting() == 0);
  CHECK(meeting.parties() == 3);
}

TRIDEM_TEST("mp::barrier: the death of a process that had it breaks it, until reset") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::barrier meeting(3);
  const tridem::mp::event others_wait;
  auto dies = tridem::create_task(
      throws<tridem::worker_crashed>(pool.submit<&die_before_arriving>(meeting, others_wait)));
  auto waits = tridem::create_task(pool.submit<&is_told>(meeting));
  auto waits_here =
      tridem::create_task(throws<tridem::mp::broken_barrier>(meeting.arrive_and_wait()));
  while (meeting.waiting() < 2) co_await tridem::sleep(1ms);
  others_wait.set();
  CHECK(co_await waits);
  CHECK(co_await waits_here);
  CHECK(co_await dies);
  CHECK(meeting.is_broken());
  const bool is_late_one_told =
      co_await throws<tridem::mp::broken_barrier>(meeting.arrive_and_wait());
  CHECK(is_late_one_told);
  meeting.reset();
  CHECK_FALSE(meeting.is_broken());
  auto one = tridem::create_task(pool.submit<&meet>(meeting));
  auto other = tridem::create_task(pool.submit<&meet>(meeting));
  const auto third = co_await meeting.arrive_and_wait();
  CHECK(co_await one + co_await other + third == 3);
}

TRIDEM_TEST("mp::barrier: a worker that has ended its call does not break it") {
  tridem::process_pool pool{{.workers = 1, .max_tasks_per_worker = 1}};
  const tridem::mp::barrier meeting(2);
  for (int i = 0; i < 3; ++i) {
    auto call = tridem::create_task(pool.submit<&meet>(meeting));
    (void)co_await meeting.arrive_and_wait();
    (void)co_await call;
  }
  CHECK_FALSE(meeting.is_broken());
}

TRIDEM_TEST("mp::barrier: abort and reset tell those who wait; a cancelled arrival is taken back") {
  const tridem::mp::barrier meeting(2);
  auto waits = tridem::create_task(throws<tridem::mp::broken_barrier>(meeting.arrive_and_wait()));
  while (meeting.waiting() == 0) co_await tridem::yield();
  meeting.abort();
  CHECK(co_await waits);
  meeting.reset();
  auto waits_again =
      tridem::create_task(throws<tridem::mp::broken_barrier>(meeting.arrive_and_wait()));
  while (meeting.waiting() == 0) co_await tridem::yield();
  meeting.reset();
  CHECK(co_await waits_again);
  auto arriving = tridem::wait_for(meeting.arrive_and_wait(), 5ms);
  CHECK(co_await throws<tridem::timeout_error>(std::move(arriving)));
  CHECK(meeting.waiting() == 0);
}

TEST_CASE("mp::barrier: a barrier for nobody is refused") {
  CHECK_THROWS_AS(tridem::mp::barrier(0), std::length_error);
}
