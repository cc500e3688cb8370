// SPDX-License-Identifier: MIT
// How a thread pool ends: its modes, its limits in time, and threads that leave because they are
// idle.
#include "tests/support/async_test.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tridem::shutdown_mode;
using tridem::task;
using tridem::thread_pool;

namespace {

/// One job that runs until it is stopped, and some that wait behind it.
struct crowd {
  std::latch begun{1};
  tridem::task_handle<int> running;
  std::vector<tridem::task_handle<void>> waiting;

  task<> gather_in(thread_pool& pool) {
    running = tridem::create_task(pool.submit([this](std::stop_token stop) {
      begun.count_down();
      std::binary_semaphore stopped(0);
      const std::stop_callback when_told(stop, [&] { stopped.release(); });
      stopped.acquire();
      return 7;
    }));
    for (int i = 0; i < 3; ++i) waiting.push_back(tridem::create_task(pool.submit([] {})));
    co_await tridem::yield();
    begun.wait();
  }
  task<> check_all_stopped() {
    const int value = co_await running;
    CHECK(value == 7);
    for (auto& one : waiting) CHECK_THROWS_AS(co_await one, tridem::pool_closed);
  }
};

/// Waits until the pool has no thread; what ends it is the timeout of the test.
task<> until_empty(thread_pool& pool) {
  while (pool.stats().threads != 0) co_await tridem::sleep(1ms);
}

}  // namespace

TRIDEM_TEST("shutdown by cancel and by kill refuses what waits and stops what runs") {
  for (const shutdown_mode mode : {shutdown_mode::cancel, shutdown_mode::kill}) {
    thread_pool pool{{.threads = 1}};
    crowd all;
    co_await all.gather_in(pool);
    co_await pool.shutdown(mode);
    CHECK(pool.stats().threads == 0);
    co_await all.check_all_stopped();
  }
}

TRIDEM_TEST("a drain whose time is over stops what is left") {
  thread_pool pool{{.threads = 1}};
  crowd all;
  co_await all.gather_in(pool);
  co_await pool.shutdown(shutdown_mode::drain, 1ms);
  CHECK(pool.stats().threads == 0);
  co_await all.check_all_stopped();
}

TRIDEM_TEST("a drain within its time stops nothing") {
  thread_pool pool{{.threads = 1}};
  auto job =
      tridem::create_task(pool.submit([](std::stop_token stop) { return !stop.stop_requested(); }));
  co_await tridem::yield();
  co_await pool.shutdown(shutdown_mode::drain, 1h);
  const bool was_left_alone = co_await job;
  CHECK(was_left_alone);
}

TRIDEM_TEST("shutdown ends in time though a job does not, and says so") {
  for (const shutdown_mode mode :
       {shutdown_mode::drain, shutdown_mode::cancel, shutdown_mode::kill}) {
    thread_pool pool{{.threads = 1, .name = "stuck", .grace = 1ms}};
    std::latch begun(1);
    std::latch go(1);
    auto job = tridem::create_task(pool.submit([&] {
      begun.count_down();
      go.wait();
    }));
    co_await tridem::yield();
    begun.wait();
    std::string text;
    try {
      co_await pool.shutdown(mode, 1ms);
    } catch (const tridem::timeout_error& late) {
      text = late.what();
    }
    CHECK(text.find("'stuck'") != std::string::npos);
    CHECK(text.find("1 of its jobs") != std::string::npos);
    CHECK_THROWS_AS(co_await pool.submit([] {}), tridem::pool_closed);
    go.count_down();
    co_await job;
    co_await pool.shutdown();
    CHECK(pool.stats().threads == 0);
  }
}

TRIDEM_TEST("threads that have nothing to do end, and others are started") {
  thread_pool pool{{.threads = 2, .idle_timeout = 1ms}};
  for (int round = 1; round <= 5; ++round) {
    const int same = co_await pool.submit([round] { return round; });
    CHECK(same == round);
    co_await until_empty(pool);
  }
  CHECK(pool.stats().started_threads == 5);
  co_await pool.shutdown();
}

TRIDEM_TEST("jobs that come while threads leave are neither lost nor late") {
  thread_pool pool{{.threads = 3, .idle_timeout = 1us}};
  int sum = 0;
  for (int i = 0; i < 2000; ++i) sum += co_await pool.submit([] { return 1; });
  CHECK(sum == 2000);
  std::vector<task<int>> many;
  auto one = [](thread_pool& on) -> task<int> { co_return co_await on.submit([] { return 1; }); };
  for (int i = 0; i < 300; ++i) many.push_back(one(pool));
  const std::vector<int> ones = co_await tridem::gather(std::move(many));
  CHECK(ones == std::vector<int>(300, 1));
}

TRIDEM_TEST("initializer and finalizer are called once on each thread") {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  thread_local int prepared = 0;
  thread_pool pool{{.threads = 2,
                    .initializer =
                        [&begun] {
                          ++begun;
                          prepared = 42;
                        },
                    .finalizer = [&ended] { ended += prepared == 42 ? 1 : 100; }}};
  for (int i = 0; i < 20; ++i) {
    const int seen = co_await pool.submit([] { return prepared; });
    CHECK(seen == 42);
  }
  co_await pool.shutdown();
  CHECK(begun == static_cast<int>(pool.stats().started_threads));
  CHECK(ended == begun.load());
}

TRIDEM_TEST("when no thread can begin, its jobs get the error, and the next try may do better") {
  std::atomic<bool> is_ready{false};
  thread_pool pool{{.threads = 2, .initializer = [&is_ready] {
                      if (!is_ready) throw std::runtime_error("no licence");
                    }}};
  CHECK_THROWS_WITH_AS(co_await pool.submit([] {}), "no licence", std::runtime_error);
  is_ready = true;
  const int value = co_await pool.submit([] { return 3; });
  CHECK(value == 3);
  co_await pool.shutdown();
}

TRIDEM_TEST("shutdown of a pool whose threads cannot begin ends") {
  thread_pool pool{{.threads = 1, .initializer = [] { throw std::runtime_error("never"); }}};
  std::vector<tridem::task_handle<void>> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(tridem::create_task(pool.submit([] {})));
  co_await tridem::yield();
  co_await pool.shutdown();
  for (auto& job : jobs) CHECK_THROWS_AS(co_await job, std::runtime_error);
}
