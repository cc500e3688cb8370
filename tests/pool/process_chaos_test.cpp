// SPDX-License-Identifier: MIT
// Workers and fork servers are killed, stopped and lost at random moments, while they write large
// results and small ones: each call has one outcome, none runs twice, no buffer is torn.
//
// `--kills=100000` (or TRIDEM_KILLS) asks for so many deaths of workers, `--seed=<n>` (TRIDEM_SEED)
// for another storm.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/time.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

using tridem::test::command_line::number_of;

namespace {

/// How often each call was begun, by all workers; calls take turns in it.
using counters = tridem::shared_array<std::atomic<unsigned char>>;

constexpr std::uint32_t places = 1 << 16;
constexpr std::size_t large = std::size_t{1} << 17;  // words: 1 MiB

/// Word `i` of the large result of `call`: no two calls have one in common.
constexpr std::uint64_t word_of(std::uint64_t call, std::uint64_t i) noexcept {
  return (call << 20 | i) * 0x9e3779b97f4a7c15u;
}

std::vector<std::uint64_t> words_of(counters begun, std::uint64_t call) {
  begun[call % places].fetch_add(1);
  std::vector<std::uint64_t> words(large);
  for (std::uint64_t i = 0; i < large; ++i) words[i] = word_of(call, i);
  return words;
}
std::string text_of(counters begun, std::uint64_t call) {
  begun[call % places].fetch_add(1);
  return std::string(call % 3000, static_cast<char>('a' + call % 26));
}
std::uint64_t leave(counters begun, std::uint64_t call, int delay_us) {
  begun[call % places].fetch_add(1);
  ::usleep(static_cast<::useconds_t>(delay_us));
  if (call % 2 == 0) std::_Exit(static_cast<int>(call % 3));
  std::abort();
}
std::uint64_t spin_until_stopped(counters begun, std::uint64_t call) {
  begun[call % places].fetch_add(1);
  volatile std::uint64_t turns = 0;
  for (;;) turns = turns + 1;
}

struct storm {
  explicit storm(std::uint64_t wanted, std::uint64_t seed)
      : deaths_wanted(wanted), random(seed), begun(places) {}

  std::uint64_t deaths_wanted;
  std::mt19937_64 random;
  counters begun;
  std::uint64_t deaths = 0;  // of workers, by whatever cause
  std::uint64_t server_kills = 0;
  std::uint64_t stops = 0;
  std::uint64_t next = 0;
  std::uint64_t values = 0;
  std::uint64_t crashes = 0;
  std::uint64_t timeouts = 0;

  [[nodiscard]] bool is_over() const noexcept { return deaths >= deaths_wanted; }
  [[nodiscard]] std::uint64_t outcomes() const noexcept { return values + crashes + timeouts; }
};

tridem::task<> small_call(tridem::process_pool& pool, storm& all, std::uint64_t call) {
  const std::string text = co_await pool.submit<&text_of>(all.begun, call);
  if (text != std::string(call % 3000, static_cast<char>('a' + call % 26))) {
    FAIL("a torn text of call ", call);
  }
}

tridem::task<> large_call(tridem::process_pool& pool, storm& all, std::uint64_t call) {
  const std::vector<std::uint64_t> words = co_await pool.submit<&words_of>(all.begun, call);
  bool is_whole = words.size() == large;
  for (std::uint64_t i = 0; is_whole && i < large; ++i) is_whole = words[i] == word_of(call, i);
  if (!is_whole) FAIL("a torn buffer of call ", call);
}

/// One call of a kind that chance chooses.
tridem::task<> some_call(tridem::process_pool& pool, storm& all, std::uint64_t call) {
  switch (call % 64) {
    case 3:
    case 35:
      co_await large_call(pool, all, call);
      break;
    case 7:
      co_await pool.submit<&leave>(all.begun, call, static_cast<int>(all.random() % 500));
      break;
    case 11: {
      const auto limited = pool.with({.deadline = 5ms});
      co_await limited.submit<&spin_until_stopped>(all.begun, call);
      break;
    }
    default:
      co_await small_call(pool, all, call);
  }
}

tridem::task<> call_in_turn(tridem::process_pool& pool, storm& all) {
  while (!all.is_over()) {
    const std::uint64_t call = all.next++;
    all.begun[call % places] = 0;
    try {
      co_await some_call(pool, all, call);
      ++all.values;
      if (all.begun[call % places] != 1) FAIL("a value of a call that ran not once");
    } catch (const tridem::worker_crashed&) {
      ++all.crashes;
    } catch (const tridem::worker_timeout&) {
      ++all.timeouts;
    }
    if (all.begun[call % places] > 1) FAIL("call ", call, " ran twice");
  }
}

tridem::task<> kill_at_random(tridem::process_pool& pool, storm& all) {
  while (!all.is_over()) {
    co_await tridem::sleep(std::chrono::microseconds(all.random() % 1500));
    const auto stats = pool.stats();
    all.deaths = stats.started_workers - stats.workers;
    if (stats.worker_pids.empty()) continue;
    const int victim = stats.worker_pids[all.random() % stats.worker_pids.size()];
    switch (all.random() % 16) {
      case 0:
        ::kill(victim, SIGSTOP);
        ++all.stops;
        co_await tridem::sleep(std::chrono::milliseconds(all.random() % 4));
        ::kill(victim, all.random() % 2 == 0 ? SIGCONT : SIGKILL);
        break;
      case 1:
        if (stats.server_pid == 0) continue;
        ::kill(stats.server_pid, SIGKILL);
        ++all.server_kills;
        break;
      case 2:
      case 3:
        ::kill(victim, SIGSEGV);
        break;
      case 4:
        ::kill(victim, SIGTERM);
        break;
      default:
        ::kill(victim, SIGKILL);
    }
  }
}

}  // namespace

TRIDEM_TEST("process_chaos: every call has one outcome, and none runs twice") {
  storm all(number_of("kills", "TRIDEM_KILLS", 500), number_of("seed", "TRIDEM_SEED", 5));
  tridem::process_pool pool{{.workers = 4, .timeout_grace = 5ms}};
  const auto begin = std::chrono::steady_clock::now();
  auto killer = tridem::create_task(kill_at_random(pool, all));
  std::vector<tridem::task<>> callers;
  for (int i = 0; i < 32; ++i) callers.push_back(call_in_turn(pool, all));
  co_await tridem::gather(std::move(callers));
  co_await std::move(killer);
  const auto stats = pool.stats();
  CHECK(all.outcomes() == all.next);
  CHECK(all.values > all.next / 2);
  CHECK(stats.queued == 0);
  CHECK(stats.running == 0);
  co_await pool.shutdown();
  CHECK(pool.stats().workers == 0);
  const auto spent = std::chrono::steady_clock::now() - begin;
  std::printf(
      "%llu deaths of workers (%llu kills of fork servers, %llu stops) in %.1f s: %llu calls = "
      "%llu values + "
      "%llu crashes + %llu timeouts\n",
      static_cast<unsigned long long>(all.deaths),
      static_cast<unsigned long long>(all.server_kills), static_cast<unsigned long long>(all.stops),
      std::chrono::duration<double>(spent).count(), static_cast<unsigned long long>(all.next),
      static_cast<unsigned long long>(all.values), static_cast<unsigned long long>(all.crashes),
      static_cast<unsigned long long>(all.timeouts));
}
