// SPDX-License-Identifier: MIT
// thread_pool: results, errors, cancellation, order, bounds, and its end. Its map: see
// thread_pool_map_test.cpp.
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <numeric>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using tridem::task;
using tridem::thread_pool;

namespace {

int add(int a, int b) {
  return a + b;
}

void until_stopped(std::stop_token stop) {
  std::binary_semaphore stopped(0);
  const std::stop_callback when_told(stop, [&] { stopped.release(); });
  stopped.acquire();
}

struct account {
  int balance = 0;
  int deposit(int amount) { return balance += amount; }
};

}  // namespace

TRIDEM_TEST("a job gives its result to the task that awaits it, on its own thread") {
  const auto home = std::this_thread::get_id();
  thread_pool pool{{.threads = 2}};
  const int sum = co_await pool.submit(add, 2, 3);
  CHECK(sum == 5);
  const bool elsewhere =
      co_await pool.submit([home] { return std::this_thread::get_id() != home; });
  CHECK(elsewhere);
  CHECK(std::this_thread::get_id() == home);
}

TRIDEM_TEST("functions may be members, arguments references, results references") {
  thread_pool pool{{.threads = 1}};
  account mine;
  const int balance = co_await pool.submit(&account::deposit, &mine, 40);
  CHECK(balance == 40);
  int& same = co_await pool.submit([](account& a) -> int& { return a.balance; }, std::ref(mine));
  CHECK(&same == &mine.balance);
}

TRIDEM_TEST("an exception arrives as it is, with the place of the await") {
  thread_pool pool{{.threads = 1}};
  std::exception_ptr error;
  auto failing = [](thread_pool& on) -> task<> {
    co_await on.submit([] { throw std::out_of_range("row 7"); });
  };
  try {
    co_await failing(pool);
  } catch (const std::out_of_range& caught) {
    CHECK(std::string(caught.what()) == "row 7");
    error = std::current_exception();
  }
  REQUIRE(error != nullptr);
  CHECK(tridem::format_exception(error).find("thread_pool_test.cpp") != std::string::npos);
}

TRIDEM_TEST("jobs of one producer start in order") {
  thread_pool pool{{.threads = 1}};
  std::vector<int> started;
  std::vector<task<>> all;
  auto one = [](thread_pool& on, std::vector<int>& order, int number) -> task<> {
    co_await on.submit([&order, number] { order.push_back(number); });
  };
  for (int i = 0; i < 200; ++i) all.push_back(one(pool, started, i));
  co_await tridem::gather(std::move(all));
  std::vector<int> expected(200);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(started == expected);
}

TRIDEM_TEST("10,000 jobs at once, each resolved once") {
  thread_pool pool{{.threads = 3}};
  std::atomic<int> runs{0};
  std::vector<task<int>> all;
  auto one = [](thread_pool& on, std::atomic<int>& count, int number) -> task<int> {
    co_return co_await on.submit([&count, number] {
      ++count;
      return number;
    });
  };
  for (int i = 0; i < 10'000; ++i) all.push_back(one(pool, runs, i));
  const std::vector<int> numbers = co_await tridem::gather(std::move(all));
  CHECK(runs == 10'000);
  for (int i = 0; i < 10'000; ++i) REQUIRE(numbers[static_cast<std::size_t>(i)] == i);
  CHECK(pool.stats().completed == 10'000);
  CHECK(pool.stats().queued == 0);
  CHECK(pool.stats().running == 0);
}

TRIDEM_TEST("arguments and results are neither lost nor kept") {
  using probe = tridem::test::lifetime_probe<struct in_thread_jobs>;
  probe::counts.reset();
  {
    thread_pool pool{{.threads = 1}};
    probe given(3);
    const probe back = co_await pool.submit([](probe p) { return p; }, std::move(given));
    CHECK(back.value == 3);
    CHECK_THROWS_AS(co_await pool.submit([](const probe&) { throw 1; }, probe(4)), int);
  }
  CHECK(probe::counts.live() == 0);
  CHECK(probe::counts.copied == 0);
}

TRIDEM_TEST("a job that waits is withdrawn when its task is cancelled") {
  thread_pool pool{{.threads = 1}};
  std::latch occupied(1);
  std::latch go(1);
  auto blocking = tridem::create_task(pool.submit([&] {
    occupied.count_down();
    go.wait();
  }));
  co_await tridem::yield();
  occupied.wait();
  bool ran = false;
  auto waiting = tridem::create_task(pool.submit([&ran] { ran = true; }));
  co_await tridem::yield();
  CHECK(pool.stats().queued == 1);
  waiting.cancel();
  CHECK_THROWS_AS(co_await waiting, tridem::task_cancelled);
  CHECK(pool.stats().queued == 0);
  go.count_down();
  co_await blocking;
  CHECK_FALSE(ran);
}

TRIDEM_TEST("a job that runs is asked to stop, and what it returns is delivered") {
  thread_pool pool{{.threads = 1}};
  std::latch begun(1);
  auto job = tridem::create_task(pool.submit(
      [&begun](std::stop_token stop, int x) {
        begun.count_down();
        until_stopped(stop);
        return 2 * x;
      },
      21));
  co_await tridem::yield();
  begun.wait();
  job.cancel();
  const int value = co_await job;
  CHECK(value == 42);
}

TRIDEM_TEST("a job without a token is awaited, and its result wins over the deadline") {
  thread_pool pool{{.threads = 1}};
  std::latch begun(1);
  std::latch go(1);
  auto job = tridem::create_task(pool.submit([&] {
    begun.count_down();
    go.wait();
    return 7;
  }));
  co_await tridem::yield();
  begun.wait();
  auto alarm = tridem::create_task(
      [](std::latch& opened) -> task<> {
        co_await tridem::sleep(20ms);
        opened.count_down();
      },
      std::ref(go));
  const int value = co_await tridem::wait_for(std::move(job), 1ms);
  CHECK(value == 7);
  co_await alarm;
}

TRIDEM_TEST("a cancelled task submits nothing") {
  thread_pool pool{{.threads = 1}};
  bool ran = false;
  auto never = tridem::create_task(pool.submit([&ran] { ran = true; }));
  never.cancel();
  CHECK_THROWS_AS(co_await never, tridem::task_cancelled);
  CHECK_FALSE(ran);
  CHECK(pool.stats().threads == 0);
}

TRIDEM_TEST("room makes a producer wait") {
  thread_pool pool{{.threads = 1, .max_pending = 2}};
  std::latch go(1);
  std::latch occupied(1);
  std::vector<tridem::task_handle<void>> jobs;
  jobs.push_back(tridem::create_task(pool.submit([&] {
    occupied.count_down();
    go.wait();
  })));
  co_await tridem::yield();
  occupied.wait();
  for (int i = 0; i < 2; ++i) {
    co_await pool.room();
    jobs.push_back(tridem::create_task(pool.submit([] {})));
    co_await tridem::yield();
  }
  CHECK_THROWS_AS(co_await tridem::wait_for(pool.room(), 1ms), tridem::timeout_error);
  go.count_down();
  co_await pool.room();
  for (auto& job : jobs) co_await job;
}

TRIDEM_TEST("room is given to all who wait, also when jobs are withdrawn") {
  thread_pool pool{{.threads = 1, .max_pending = 1}};
  std::latch go(1);
  std::latch occupied(1);
  auto running = tridem::create_task(pool.submit([&] {
    occupied.count_down();
    go.wait();
  }));
  co_await tridem::yield();
  occupied.wait();
  auto waiting = tridem::create_task(pool.submit([] {}));
  co_await tridem::yield();
  std::vector<tridem::task_handle<void>> producers;
  for (int i = 0; i < 3; ++i) producers.push_back(tridem::create_task(pool.room()));
  co_await tridem::yield();
  waiting.cancel();
  for (auto& producer : producers) co_await producer;
  go.count_down();
  co_await running;
}

TRIDEM_TEST("shutdown lets jobs end, refuses new ones, and ends the threads") {
  thread_pool pool{{.threads = 2}};
  std::atomic<int> runs{0};
  std::vector<tridem::task_handle<void>> jobs;
  for (int i = 0; i < 50; ++i) jobs.push_back(tridem::create_task(pool.submit([&] { ++runs; })));
  co_await tridem::yield();
  co_await pool.shutdown();
  CHECK(runs == 50);
  CHECK(pool.stats().threads == 0);
  CHECK_THROWS_AS(co_await pool.submit([] {}), tridem::pool_closed);
  co_await pool.shutdown();
  co_await pool.room();
  for (auto& job : jobs) co_await job;
}

TRIDEM_TEST("shutdown of a pool that did nothing, and of one whose threads sleep") {
  thread_pool idle;
  co_await idle.shutdown();
  thread_pool used{{.threads = 2}};
  co_await used.submit([] {});
  co_await tridem::sleep(1ms);
  auto other = tridem::create_task(used.shutdown());
  co_await used.shutdown();
  co_await other;
}

TRIDEM_TEST("the destructor stops what runs and refuses what waits") {
  std::latch begun(1);
  tridem::task_handle<void> running;
  tridem::task_handle<void> waiting;
  {
    thread_pool pool{{.threads = 1}};
    running = tridem::create_task(pool.submit([&begun](std::stop_token stop) {
      begun.count_down();
      until_stopped(stop);
    }));
    waiting = tridem::create_task(pool.submit([] {}));
    co_await tridem::yield();
    begun.wait();
  }
  co_await running;
  CHECK_THROWS_AS(co_await waiting, tridem::pool_closed);
}

TRIDEM_TEST("threads of a pool block all signals") {
  thread_pool pool{{.threads = 1}};
  const bool blocked = co_await pool.submit([] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGCHLD) == 1;
  });
  CHECK(blocked);
}

TEST_CASE("one pool serves several loops at once") {
  thread_pool pool{{.threads = 2}};
  std::atomic<long> total{0};
  const auto client = [&] {
    tridem::run([](thread_pool& on, std::atomic<long>& sum) -> task<> {
      for (int i = 1; i <= 500; ++i) {
        const int same = co_await on.submit([i] { return i; });
        sum += same;
      }
    }(pool, total));
  };
  std::thread other(client);
  client();
  other.join();
  CHECK(total == 2 * 500 * 501 / 2);
}

TEST_CASE("a loop may end the moment its last job has arrived") {
  // The thread that posted the result must not touch the loop afterwards.
  thread_pool pool{{.threads = 2}};
  for (int i = 0; i < 300; ++i) {
    const int same = tridem::run([](thread_pool& on, int x) -> task<int> {
      co_return co_await on.submit(add, x, 0);
    }(pool, i));
    REQUIRE(same == i);
  }
}

TRIDEM_TEST("cancelling while jobs begin and end loses none and leaves none") {
  thread_pool pool{{.threads = 2}};
  for (int round = 0; round < 200; ++round) {
    std::vector<tridem::task_handle<int>> jobs;
    for (int i = 0; i < 8; ++i) jobs.push_back(tridem::create_task(pool.submit(add, i, round)));
    co_await tridem::yield();
    for (std::size_t i = 0; i < jobs.size(); i += 2) jobs[i].cancel();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      try {
        const int sum = co_await jobs[i];
        CHECK(sum == static_cast<int>(i) + round);
      } catch (const tridem::task_cancelled&) {
        CHECK(i % 2 == 0);
      }
    }
  }
}
