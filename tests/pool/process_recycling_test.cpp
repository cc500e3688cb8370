// SPDX-License-Identifier: MIT
// Workers that are replaced after so many calls: none runs more, and the pool never stops.
//
// CPython's pool has stopped for ever here (gh-115634); `--calls=10000` (or TRIDEM_CALLS) asks for
// so many of them for each pair of numbers.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <numeric>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tridem::test::command_line::number_of;

namespace {

int pid_unless(int call, int crash_each) {
  if (crash_each != 0 && call % crash_each == crash_each - 1) std::_Exit(1);
  return ::getpid();
}

struct counts {
  std::map<int, std::size_t> calls_of;
  std::size_t crashes = 0;
};

tridem::task<> one_call(tridem::process_pool& pool, counts& all, int call, int crash_each) {
  try {
    const int pid = co_await pool.submit<&pid_unless>(call, crash_each);
    ++all.calls_of[pid];
  } catch (const tridem::worker_crashed&) {
    ++all.crashes;
  }
}

tridem::task<> many_calls(std::size_t workers, std::size_t most, int total, int crash_each) {
  tridem::process_pool pool{{.workers = workers, .max_tasks_per_worker = most}};
  counts all;
  std::vector<tridem::task<>> calls;
  for (int i = 0; i < total; ++i) calls.push_back(one_call(pool, all, i, crash_each));
  co_await tridem::gather(std::move(calls));
  std::size_t values = 0;
  std::size_t most_seen = 0;
  for (const auto& [pid, count] : all.calls_of) {
    values += count;
    most_seen = std::max(most_seen, count);
  }
  CHECK(values + all.crashes == static_cast<std::size_t>(total));
  // Pids come again only after tens of thousands of others.
  if (total < 10'000) CHECK(most_seen <= most);
  CHECK(pool.stats().started_workers * most >= static_cast<std::size_t>(total));
  co_await pool.shutdown();
}

using gauge = tridem::shared_array<std::atomic<int>>;

/// Notes how many are in here at once.
void stay_for_a_moment(gauge inside) {
  const int now = ++inside[0];
  int most = inside[1];
  while (now > most && !inside[1].compare_exchange_weak(most, now)) {
  }
  ::usleep(300);
  --inside[0];
}

/// Tells that it is in here, and stays until it is let out.
int wait_for_word(gauge words) {
  words[0] = 1;
  while (words[1] == 0) ::usleep(100);
  return ::getpid();
}
int own_pid() {
  return ::getpid();
}

}  // namespace

TRIDEM_TEST("process_recycling: one to three calls, one to four workers") {
  const int total = static_cast<int>(number_of("calls", "TRIDEM_CALLS", 120));
  for (std::size_t most = 1; most <= 3; ++most) {
    for (std::size_t workers = 1; workers <= 4; ++workers) {
      co_await many_calls(workers, most, total, 0);
      co_await many_calls(workers, most, total / 4, 10);
    }
  }
}

TRIDEM_TEST("process_recycling: replacements do not make it more workers that work") {
  tridem::process_pool pool{{.workers = 2, .max_tasks_per_worker = 1}};
  gauge inside(2);
  std::vector<tridem::task<>> calls;
  for (int i = 0; i < 60; ++i) {
    calls.push_back(tridem::detail::as_task(pool.submit<&stay_for_a_moment>(inside.share())));
  }
  co_await tridem::gather(std::move(calls));
  CHECK(inside[1] <= 2);
  CHECK(pool.stats().started_workers >= 60);
  co_await pool.shutdown();
}

TRIDEM_TEST("process_recycling: the replacement is there before the old worker leaves") {
  tridem::process_pool pool{{.workers = 1, .max_tasks_per_worker = 1}};
  gauge words(2);
  auto last = tridem::create_task(pool.submit<&wait_for_word>(words));
  while (words[0] == 0) co_await tridem::sleep(1ms);
  auto next = tridem::create_task(pool.submit<&own_pid>());
  while (pool.stats().worker_pids.size() < 2) co_await tridem::sleep(1ms);
  CHECK(pool.stats().running == 1);
  words[1] = 1;
  const int old_pid = co_await std::move(last);
  const int new_pid = co_await std::move(next);
  CHECK(old_pid != new_pid);
  co_await pool.shutdown();
  CHECK(pool.stats().started_workers == 2);
}
