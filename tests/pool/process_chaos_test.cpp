// SPDX-License-Identifier: MIT
// Workers and fork servers are killed and stopped at random: no call runs twice, none is torn, and
// each has exactly one outcome.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

using counters = tridem::shared_array<std::atomic<unsigned char>>;

/// Counts that it runs, and gives something long enough to be torn.
std::string text_of(counters runs, std::uint32_t call) {
  runs[call].fetch_add(1);
  return std::string(call % 3000, static_cast<char>('a' + call % 26));
}

struct outcome_counts {
  explicit outcome_counts(std::uint32_t calls) : runs(calls), total(calls) {}
  counters runs;
  std::uint32_t total;
  std::uint32_t next = 0;
  std::uint32_t values = 0;
  std::uint32_t crashes = 0;
  bool done = false;
};

tridem::task<> call_in_turn(tridem::process_pool& pool, outcome_counts& counts) {
  while (counts.next < counts.total) {
    const std::uint32_t call = counts.next++;
    try {
      const std::string text = co_await pool.submit<&text_of>(counts.runs, call);
      ++counts.values;
      CHECK(counts.runs[call] == 1);
      CHECK(text == std::string(call % 3000, static_cast<char>('a' + call % 26)));
    } catch (const tridem::worker_crashed&) {
      ++counts.crashes;
      CHECK(counts.runs[call] <= 1);
    }
  }
}

tridem::task<> kill_at_random(tridem::process_pool& pool, const outcome_counts& counts) {
  std::mt19937 random(5);
  for (unsigned round = 1; !counts.done; ++round) {
    co_await tridem::sleep(std::chrono::microseconds(random() % 8000));
    const auto stats = pool.stats();
    if (stats.worker_pids.empty()) continue;
    const int victim = stats.worker_pids[random() % stats.worker_pids.size()];
    if (round % 5 == 0) {
      ::kill(victim, SIGSTOP);
      co_await tridem::sleep(2ms);
      ::kill(victim, SIGCONT);
    } else if (round % 20 == 1 && stats.server_pid != 0) {
      ::kill(stats.server_pid, SIGKILL);
    } else {
      ::kill(victim, SIGKILL);
    }
  }
}

}  // namespace

TRIDEM_TEST("process_chaos: every call has one outcome, and none runs twice") {
  outcome_counts counts(20000);
  tridem::process_pool pool{{.workers = 3}};
  auto killer = tridem::create_task(kill_at_random(pool, counts));
  std::vector<tridem::task<>> callers;
  for (int i = 0; i < 100; ++i) callers.push_back(call_in_turn(pool, counts));
  co_await tridem::gather(std::move(callers));
  counts.done = true;
  co_await std::move(killer);
  CHECK(counts.values + counts.crashes == counts.total);
  CHECK(counts.values > counts.total / 2);
}
