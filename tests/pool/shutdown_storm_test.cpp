// SPDX-License-Identifier: MIT
// Pools are shut down at random moments, in all ways, while their calls fail in all ways: the end
// comes, each call has an outcome, and nobody is left.
//
// `--shutdowns=10000` (or TRIDEM_SHUTDOWNS) asks for so many, `--seed=<n>` (TRIDEM_SEED) for
// others.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tridem::shutdown_mode;
using tridem::test::command_line::number_of;

namespace {

enum class kind : int { value, large, error, crash, leave, spin, polite, stopped };
constexpr int kinds = 8;

std::string perform(kind what, std::string text) {
  switch (what) {
    case kind::value:
    case kind::large:
      return text;
    case kind::error:
      throw std::domain_error("no");
    case kind::crash:
      std::abort();
    case kind::leave:
      std::_Exit(2);
    case kind::spin:
      for (volatile int turns = 0;;) turns = turns + 1;
    case kind::polite:
      while (!tridem::cancel_requested()) ::usleep(50);
      return text;
    case kind::stopped:
      ::raise(SIGSTOP);
      return text;
  }
  return text;
}

/// Of all rounds.
struct tally {
  std::mt19937_64 random;
  std::uint64_t made = 0;
  std::uint64_t values = 0;
  std::uint64_t errors = 0;
  std::uint64_t crashes = 0;
  std::uint64_t closed = 0;
  std::uint64_t timeouts = 0;
  tridem::duration latest{};  // how long after its deadline a shutdown ended, at most

  std::uint64_t below(std::uint64_t limit) { return random() % limit; }
  std::chrono::microseconds moment(std::uint64_t most) {
    return std::chrono::microseconds(below(most));
  }
  [[nodiscard]] std::uint64_t outcomes() const noexcept {
    return values + errors + crashes + closed + timeouts;
  }
};

tridem::task<> one_call(tridem::process_pool& pool, tally& all, kind what) {
  const std::string text(what == kind::large ? 2'000'000 : 10, 't');
  ++all.made;
  try {
    const std::string back = co_await pool.submit<&perform>(what, text);
    if (back != text) FAIL("a torn result");
    ++all.values;
  } catch (const std::domain_error&) {
    ++all.errors;
  } catch (const tridem::worker_crashed&) {
    ++all.crashes;
  } catch (const tridem::worker_timeout&) {
    ++all.timeouts;
  } catch (const tridem::pool_closed&) {
    ++all.closed;
  }
}

tridem::process_pool_options some_options(tally& all) {
  tridem::process_pool_options options{.workers = 1 + all.below(3)};
  options.grace = all.moment(10'000);
  options.timeout_grace = all.moment(3000);
  if (all.below(4) == 0) options.task_timeout = all.moment(5000);
  if (all.below(4) == 0) options.max_tasks_per_worker = 1 + all.below(2);
  return options;
}

void kill_somebody(const tridem::process_pool& pool, tally& all) {
  const auto stats = pool.stats();
  if (stats.server_pid != 0 && all.below(3) == 0) {
    ::kill(stats.server_pid, all.below(2) == 0 ? SIGKILL : SIGSTOP);
  } else if (!stats.worker_pids.empty()) {
    ::kill(stats.worker_pids[all.below(stats.worker_pids.size())], SIGKILL);
  }
}

/// Shuts down with a deadline, and notes how late the end came.
tridem::task<> shut_down(tridem::process_pool& pool, tally& all, shutdown_mode mode) {
  const tridem::duration patience = 1us + all.moment(10'000);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  co_await pool.shutdown(mode, patience);
  const tridem::duration late = std::chrono::steady_clock::now() - deadline;
  all.latest = std::max(all.latest, late);
}

tridem::task<> end_somehow(std::optional<tridem::process_pool>& pool, tally& all,
                           std::vector<tridem::task_handle<void>>& calls) {
  const auto mode = static_cast<shutdown_mode>(all.below(3));
  switch (all.below(6)) {
    case 0:
      // The destructor; calls that have not begun yet must not find the pool gone.
      co_await tridem::yield();
      pool.reset();
      co_return;
    case 1: {
      // Two at once: the more severe one counts.
      const auto other = static_cast<shutdown_mode>(all.below(3));
      co_await tridem::gather(shut_down(*pool, all, mode), shut_down(*pool, all, other));
      break;
    }
    case 2: {
      // Given up, and awaited again; meanwhile more calls come, which are refused.
      auto given_up = tridem::create_task(shut_down(*pool, all, mode));
      co_await tridem::sleep(all.moment(2000));
      given_up.cancel();
      calls.push_back(tridem::create_task(one_call(*pool, all, kind::value)));
      co_await tridem::yield();
      co_await shut_down(*pool, all, shutdown_mode::cancel);
      break;
    }
    default:
      co_await shut_down(*pool, all, mode);
  }
  if (pool->stats().workers != 0) FAIL("workers are left");
  pool.reset();
}

tridem::task<> one_round(tally& all) {
  std::optional<tridem::process_pool> pool(std::in_place, some_options(all));
  std::vector<tridem::task_handle<void>> calls;
  // Mostly not in the start of the first process, which takes longer than all else.
  if (all.below(5) != 0) co_await one_call(*pool, all, kind::value);
  for (std::uint64_t i = 1 + all.below(10); i > 0; --i) {
    const auto what = static_cast<kind>(all.below(kinds));
    calls.push_back(tridem::create_task(one_call(*pool, all, what)));
  }
  if (all.below(3) == 0) {
    for (std::uint64_t i = all.below(6); i > 0; --i) co_await tridem::yield();
  } else {
    co_await tridem::sleep(all.moment(6000));
  }
  if (all.below(6) == 0) kill_somebody(*pool, all);
  co_await end_somehow(pool, all, calls);
  for (auto& call : calls) co_await std::move(call);
  if (all.outcomes() != all.made) FAIL("a call has no outcome, or two");
}

}  // namespace

TRIDEM_TEST("shutdown_storm: every shutdown ends, and so do all its calls") {
  tally all{std::mt19937_64(number_of("seed", "TRIDEM_SEED", 17))};
  const std::uint64_t rounds = number_of("shutdowns", "TRIDEM_SHUTDOWNS", 300);
  for (std::uint64_t round = 0; round < rounds; ++round) co_await one_round(all);
  CHECK(all.outcomes() == all.made);
  std::printf(
      "%llu pools shut down: %llu calls = %llu values + %llu errors + %llu crashes + %llu closed + "
      "%llu timeouts; the latest end was %.1f ms after its deadline\n",
      static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(all.made),
      static_cast<unsigned long long>(all.values), static_cast<unsigned long long>(all.errors),
      static_cast<unsigned long long>(all.crashes), static_cast<unsigned long long>(all.closed),
      static_cast<unsigned long long>(all.timeouts),
      std::chrono::duration<double, std::milli>(all.latest).count());
}
