// SPDX-License-Identifier: MIT
// Jobs that run a loop and await jobs of the pool whose thread they keep: nothing may wait for
// itself.
#include "tests/support/async_test.hpp"

#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <latch>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

using tridem::task;
using tridem::thread_pool;

namespace {

int fibonacci(thread_pool& pool, int n);

task<int> fork_and_join(thread_pool& pool, int n) {
  auto [left, right] =
      co_await tridem::gather(pool.submit([&pool, n] { return fibonacci(pool, n - 1); }),
                              pool.submit([&pool, n] { return fibonacci(pool, n - 2); }));
  co_return left + right;
}

/// Each call that is not a leaf blocks its thread until two more jobs of the same pool have ended.
int fibonacci(thread_pool& pool, int n) {
  return n < 2 ? n : tridem::run(fork_and_join(pool, n));
}

task<int> sum_of_squares(thread_pool& pool, int n) {
  std::vector<int> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 1);
  const std::vector<int> squares = co_await pool.map([](int x) { return x * x; }, numbers);
  co_return std::accumulate(squares.begin(), squares.end(), 0);
}

}  // namespace

TRIDEM_TEST("jobs that wait for jobs of their own pool, deeper than it has threads") {
  for (const std::size_t threads : {1, 2}) {
    thread_pool pool{{.threads = threads}};
    const int value = co_await pool.submit([&pool] { return fibonacci(pool, 7); });
    CHECK(value == 13);
    co_await pool.shutdown();
  }
}

TRIDEM_TEST("a map inside a job of the same pool") {
  thread_pool pool{{.threads = 2}};
  std::vector<task<int>> outer;
  auto one = [](thread_pool& on, int n) -> task<int> {
    co_return co_await on.submit([&on, n] { return tridem::run(sum_of_squares(on, n)); });
  };
  for (int n = 1; n <= 6; ++n) outer.push_back(one(pool, n * 10));
  const std::vector<int> sums = co_await tridem::gather(std::move(outer));
  CHECK(sums == std::vector<int>{385, 2870, 9455, 22140, 42925, 73810});
}

TRIDEM_TEST("a job runs no strangers while it waits") {
  // The stranger waits for what the first job does afterwards.
  thread_pool pool{{.threads = 1}};
  std::latch go(1);
  std::latch begun(1);
  std::latch is_queued(1);
  auto first = tridem::create_task(pool.submit([&] {
    begun.count_down();
    is_queued.wait();
    const int value = tridem::run(
        [](thread_pool& on) -> task<int> { co_return co_await on.submit([] { return 5; }); }(pool));
    go.count_down();
    return value;
  }));
  co_await tridem::yield();
  begun.wait();
  auto stranger = tridem::create_task(pool.submit([&go] { go.wait(); }));
  co_await tridem::yield();
  is_queued.count_down();
  const int value = co_await first;
  CHECK(value == 5);
  co_await stranger;
}

TRIDEM_TEST("errors of nested jobs arrive where they are awaited") {
  thread_pool pool{{.threads = 1}};
  const bool was_caught = co_await pool.submit([&pool] {
    try {
      tridem::run([](thread_pool& on) -> task<> {
        co_await on.submit([] { throw std::out_of_range("inner"); });
      }(pool));
    } catch (const std::out_of_range&) {
      return true;
    }
    return false;
  });
  CHECK(was_caught);
}

TRIDEM_TEST("room inside a job is made by the job's own jobs") {
  thread_pool pool{{.threads = 1, .max_pending = 2}};
  const int runs = co_await pool.submit([&pool] {
    return tridem::run([](thread_pool& on) -> task<int> {
      int count = 0;
      std::vector<tridem::task_handle<void>> jobs;
      for (int i = 0; i < 10; ++i) {
        co_await on.room();
        jobs.push_back(tridem::create_task(on.submit([&count] { ++count; })));
        co_await tridem::yield();
      }
      for (auto& job : jobs) co_await job;
      co_return count;
    }(pool));
  });
  CHECK(runs == 10);
}

TRIDEM_TEST("a nested loop resumes on its own thread after helping") {
  thread_pool pool{{.threads = 1}};
  const bool is_same = co_await pool.submit([&pool] {
    const auto home = std::this_thread::get_id();
    return tridem::run([](thread_pool& on, std::thread::id expected) -> task<bool> {
      const auto helper = co_await on.submit([] { return std::this_thread::get_id(); });
      co_return helper == expected&& std::this_thread::get_id() == expected;
    }(pool, home));
  });
  CHECK(is_same);
}
