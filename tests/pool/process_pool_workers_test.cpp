// SPDX-License-Identifier: MIT
// The workers themselves: set up, replaced, let go, counted.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tridem::in_worker;
using counters = tridem::shared_array<int>;

namespace {

std::string model = "none";

void load(std::string name) {
  model = std::move(name);
}
void load_and_count(counters counts, std::string name) {
  std::atomic_ref(counts[0]).fetch_add(1);
  model = std::move(name);
}
void fail_to_load(std::string name) {
  throw std::invalid_argument("no model " + name);
}
void crash_while_loading() {
  std::abort();
}
std::string loaded() {
  return model;
}
int own_pid() {
  return ::getpid();
}
void count(counters counts) {
  std::atomic_ref(counts[1]).fetch_add(1);
}
void fail_to_leave() {
  throw std::runtime_error("cannot leave");
}
/// Returns when so many are in here at once.
int meet(counters counts, int wanted) {
  std::atomic_ref(counts[0]).fetch_add(1);
  while (std::atomic_ref(counts[0]).load() < wanted) ::usleep(100);
  return ::getpid();
}
int grow(std::size_t bytes) {
  static std::vector<char> kept;
  kept.assign(bytes, 'x');
  return ::getpid();
}

}  // namespace

TRIDEM_TEST("each worker is set up before its first call") {
  counters counts(2);
  tridem::process_pool pool{
      {.workers = 2, .initializer = in_worker<&load_and_count>(counts, "big")}};
  counters meeting(1);
  auto [first, second] = co_await tridem::gather(pool.submit<&meet>(meeting.share(), 2),
                                                 pool.submit<&meet>(meeting.share(), 2));
  CHECK(first != second);
  for (int i = 0; i < 10; ++i) {
    const std::string seen = co_await pool.submit<&loaded>();
    CHECK(seen == "big");
  }
  CHECK(counts[0] == 2);
  // It is no call of ours.
  CHECK(pool.stats().completed == 12);
  co_await pool.shutdown();
}

TRIDEM_TEST("a worker that takes the place of a dead one is set up too") {
  tridem::process_pool pool{{.workers = 1, .initializer = in_worker<&load>("big")}};
  const int pid = co_await pool.submit<&own_pid>();
  REQUIRE(pid > 0);  // kill(0) is for the whole process group
  ::kill(pid, SIGKILL);
  while (pool.stats().workers != 0) co_await tridem::sleep(1ms);
  const std::string seen = co_await pool.submit<&loaded>();
  CHECK(seen == "big");
}

TRIDEM_TEST("an initializer that throws is told to the calls, with what it threw") {
  tridem::process_pool pool{{.workers = 1, .initializer = in_worker<&fail_to_load>("big")}};
  std::string text;
  try {
    co_await pool.submit<&loaded>();
  } catch (const tridem::pool_start_error& error) {
    text = error.what();
  }
  CAPTURE(text);
  CHECK(text.find("fail_to_load") != text.npos);
  CHECK(text.find("no model big") != text.npos);
  CHECK_THROWS_AS(co_await pool.submit<&loaded>(), tridem::pool_start_error);
  co_await pool.shutdown();
}

TRIDEM_TEST("an initializer that ends its worker is told to the calls, with its end") {
  tridem::process_pool pool{{.workers = 2, .initializer = in_worker<&crash_while_loading>()}};
  std::string text;
  try {
    co_await pool.submit<&loaded>();
  } catch (const tridem::pool_start_error& error) {
    text = error.what();
  }
  CAPTURE(text);
  CHECK(text.find("crash_while_loading") != text.npos);
  CHECK(text.find("ended by signal 6") != text.npos);
}

TRIDEM_TEST("each worker is finished before it leaves") {
  counters counts(2);
  {
    tridem::process_pool pool{
        {.workers = 2, .max_tasks_per_worker = 3, .finalizer = in_worker<&count>(counts)}};
    for (int i = 0; i < 7; ++i) co_await pool.submit<&loaded>();
    co_await pool.shutdown();
    CHECK(counts[1] == static_cast<int>(pool.stats().started_workers));
    CHECK(pool.stats().started_workers >= 3);
  }
}

TRIDEM_TEST("a finalizer that throws does not hold up the end") {
  tridem::process_pool pool{{.workers = 1, .finalizer = in_worker<&fail_to_leave>()}};
  co_await pool.submit<&loaded>();
  co_await pool.shutdown();
  CHECK(pool.stats().workers == 0);
}

TRIDEM_TEST("a worker that has grown too large is replaced between calls") {
  constexpr std::size_t megabyte = 1 << 20;
  tridem::process_pool pool{{.workers = 1, .max_memory_per_worker = 100 * megabyte}};
  const int small = co_await pool.submit<&grow>(megabyte);
  const int still_small = co_await pool.submit<&own_pid>();
  CHECK(small == still_small);
  int large = co_await pool.submit<&grow>(200 * megabyte);
  // Its memory is looked at after a call, at most once in a while.
  int next = co_await pool.submit<&own_pid>();
  while (next == large) next = co_await pool.submit<&own_pid>();
  CHECK(pool.stats().started_workers >= 2);
  co_await pool.shutdown();
}

TRIDEM_TEST("workers that have nothing to do leave, and come back") {
  tridem::process_pool pool{{.workers = 2, .idle_timeout = 5ms}};
  counters meeting(1);
  co_await tridem::gather(pool.submit<&meet>(meeting.share(), 2),
                          pool.submit<&meet>(meeting.share(), 2));
  while (pool.stats().workers != 0) co_await tridem::sleep(1ms);
  const std::string seen = co_await pool.submit<&loaded>();
  CHECK(seen == "none");
  CHECK(pool.stats().started_workers == 3);
  co_await pool.shutdown();
}

TRIDEM_TEST("a pool grows and shrinks on demand") {
  tridem::process_pool pool{{.workers = 1}};
  co_await pool.submit<&loaded>();
  pool.resize(3);
  CHECK(pool.size() == 3);
  counters meeting(1);
  co_await tridem::gather(pool.submit<&meet>(meeting.share(), 3),
                          pool.submit<&meet>(meeting.share(), 3),
                          pool.submit<&meet>(meeting.share(), 3));
  CHECK(pool.stats().workers == 3);
  pool.resize(0);
  CHECK(pool.size() == 1);
  while (pool.stats().workers != 1) co_await tridem::sleep(1ms);
  const std::string seen = co_await pool.submit<&loaded>();
  CHECK(seen == "none");
  CHECK(pool.stats().started_workers == 3);
  co_await pool.shutdown();
}

TRIDEM_TEST("a pool tells of each worker") {
  tridem::process_pool pool{{.workers = 1}};
  const int pid = co_await pool.submit<&own_pid>();
  const auto seen = pool.stats();
  REQUIRE(seen.each.size() == 1);
  CHECK(seen.each[0].pid == pid);
  CHECK(seen.each[0].now == tridem::worker_stats::state::idle);
  CHECK(seen.each[0].completed == 1);
  CHECK(seen.each[0].open == 0);
  CHECK(seen.each[0].memory > 0);
  co_await pool.shutdown();
}
