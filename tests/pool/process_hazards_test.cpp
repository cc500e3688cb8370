// SPDX-License-Identifier: MIT
// What has brought down other process pools: each hazard by itself, and what this one does.
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
#include <cerrno>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tridem::test::command_line::number_of;

namespace {

int twice(int n) {
  return 2 * n;
}
int end_by(int signal) {
  ::raise(signal);
  return 0;
}
using flags = tridem::shared_array<std::atomic<int>>;
int stop_itself(flags begun) {
  begun[0] = 1;
  ::raise(SIGSTOP);
  return 17;
}
int slow_twice(int n) {
  ::usleep(200);
  return 2 * n;
}
bool is_stopped_at(std::stop_token token, int n) {
  if (n < 3) return false;
  while (!token.stop_requested()) ::usleep(50);
  return true;
}
int add_with_token(std::stop_token token, int a, int b) {
  return token.stop_requested() ? -1 : a + b;
}

template <class Error, class Call>
tridem::task<bool> fails_with(Call call) {
  try {
    (void)co_await std::move(call);
  } catch (const Error&) {
    co_return true;
  }
  co_return false;
}

/// Lets those workers go on that stand still; one may be about to stop only now.
tridem::task<> let_go_on(tridem::process_pool& pool) {
  for (const auto& worker : pool.stats().each) {
    if (worker.open != 0 && worker.pid > 0) ::kill(worker.pid, SIGCONT);
  }
  co_await tridem::sleep(1ms);
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Threads that hold the locks of the C library nearly all the time.
class busy_threads {
 public:
  explicit busy_threads(int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }
  busy_threads(const busy_threads&) = delete;
  ~busy_threads() {
    stop_ = true;
    for (std::thread& each : threads_) each.join();
  }

 private:
  void work() {
    while (!stop_) {
      std::vector<std::string> waste(20, std::string(200, 'w'));
      char text[64];
      std::snprintf(text, sizeof text, "%.3f %s", 1.5, std::setlocale(LC_ALL, nullptr));
      std::fflush(stdout);
      ::usleep(100);
    }
  }
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace

// python/cpython#90622: the child of a fork inherits the locks that other threads hold.
TRIDEM_TEST("process_hazards: workers start while other threads hold all locks") {
  const busy_threads noise(16);
  tridem::process_pool pool{{.workers = 2, .max_tasks_per_worker = 1}};
  const auto count = static_cast<int>(number_of("starts", "TRIDEM_STARTS", 60));
  std::vector<tridem::task<int>> calls;
  for (int i = 0; i < count; ++i) {
    calls.push_back(tridem::detail::as_task(pool.submit<&twice>(i)));
  }
  const std::vector<int> results = co_await tridem::gather(std::move(calls));
  CHECK(results.back() == 2 * (count - 1));
  co_await pool.shutdown();
  CHECK(pool.stats().started_workers >= static_cast<std::uint64_t>(count));
}

namespace {
std::atomic<int> children_seen{0};
void reap_everybody(int) {
  const int before = errno;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) ++children_seen;
  errno = before;
}
}  // namespace

// The program has a handler of its own, and reaps whatever there is.
TRIDEM_TEST("process_hazards: a program that reaps all children does no harm, and is not harmed") {
  struct sigaction mine{};
  struct sigaction before{};
  mine.sa_handler = reap_everybody;
  mine.sa_flags = SA_RESTART;
  ::sigaction(SIGCHLD, &mine, &before);
  {
    tridem::process_pool pool{{.workers = 2}};
    CHECK(co_await pool.submit<&twice>(4) == 8);
    if (::fork() == 0) ::_exit(0);  // a child of the program's own
    while (children_seen == 0) co_await tridem::sleep(1ms);
    CHECK(co_await fails_with<tridem::worker_crashed>(pool.submit<&end_by>(SIGKILL)));
    ::kill(pool.stats().server_pid, SIGKILL);
    CHECK(co_await pool.submit<&twice>(5) == 10);
    co_await pool.shutdown();
  }
  ::sigaction(SIGCHLD, &before, nullptr);
}

// noxdafox/pebble#163: it died with the lock of the queue that all of them shared.
TRIDEM_TEST("process_hazards: a worker that stands still holds up no other") {
  tridem::process_pool pool{{.workers = 2}};
  flags begun(1);
  auto stopped = tridem::create_task(pool.submit<&stop_itself>(begun));
  while (begun[0] == 0) co_await tridem::sleep(1ms);
  std::vector<int> items(2000, 3);
  const std::vector<int> results = co_await pool.map<&twice>(items, {.chunk = 1, .in_flight = 100});
  CHECK(results == std::vector<int>(2000, 6));
  while (!stopped.done()) co_await let_go_on(pool);
  CHECK(co_await std::move(stopped) == 17);
}

// One bad item must not take the whole pool, nor its neighbours, with it.
TRIDEM_TEST("process_hazards: poison among a thousand") {
  tridem::process_pool pool{{.workers = 2}};
  const auto again = pool.with({.idempotent = true, .retries = 3});
  auto poison = tridem::create_task(again.submit<&end_by>(SIGKILL));
  std::vector<int> items(1000, 4);
  const std::vector<int> results = co_await again.map<&twice>(items, {.chunk = 1, .in_flight = 50});
  CHECK(results == std::vector<int>(1000, 8));
  bool is_told = false;
  try {
    (void)co_await std::move(poison);
  } catch (const tridem::poison_task& error) {
    is_told = true;
    CHECK(error.deaths() == 4);
    const std::string& history = error.history();
    CHECK(std::ranges::count(history, ',') == 3);
  }
  CHECK(is_told);
  CHECK(pool.stats().crashed == 4);
}

// python/cpython#74028: what was submitted, and had no worker yet, filled the memory.
TRIDEM_TEST("process_hazards: a producer that is much quicker than the workers needs no memory") {
  tridem::process_pool pool{{.workers = 1, .max_pending = 100}};
  const auto total = static_cast<int>(number_of("produced", "TRIDEM_PRODUCED", 2000));
  std::size_t early = 0;
  std::size_t most = 0;
  int done = 0;
  std::vector<tridem::task_handle<void>> calls;
  const auto one = [](tridem::process_pool& used, int& ended) -> tridem::task<> {
    co_await used.submit<&slow_twice>(1);
    ++ended;
  };
  for (int i = 0; i < total; ++i) {
    co_await pool.room();
    (void)tridem::create_task(one(pool, done));
    co_await tridem::yield();
    most = std::max(most, pool.stats().queued);
    if (i == total / 3) early = resident_bytes();
  }
  const std::size_t late = resident_bytes();
  CHECK(most <= 100);
  CHECK(late < early + (std::size_t{4} << 20));
  co_await pool.shutdown();
  CHECK(done == total);
}

TRIDEM_TEST("process_hazards: who does not want to wait is refused, and told how full it is") {
  tridem::process_pool pool{{.workers = 1, .max_pending = 2}};
  flags begun(1);
  auto running = tridem::create_task(pool.submit<&stop_itself>(begun));
  while (begun[0] == 0) co_await tridem::sleep(1ms);
  std::vector<tridem::task_handle<int>> waiting;
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(tridem::create_task(pool.try_submit<&twice>(i)));
    co_await tridem::yield();
  }
  while (!running.done()) co_await let_go_on(pool);
  for (int i = 0; i < 10; ++i) {
    try {
      const int value = co_await std::move(waiting[static_cast<std::size_t>(i)]);
      CHECK(value == 2 * i);
    } catch (const tridem::pool_saturated& error) {
      ++refused;
      CHECK(std::string(error.what()).find("max_pending") != std::string::npos);
    }
  }
  // One or two lie in the worker's own queue, two wait.
  CHECK(refused >= 6);
  CHECK(refused < 10);
  CHECK(co_await std::move(running) == 17);
  // With room it is a submit like any other, however many are made at once.
  pool.resize(2);
  std::vector<tridem::task<int>> few;
  for (int i = 0; i < 3; ++i) few.push_back(tridem::detail::as_task(pool.try_submit<&twice>(i)));
  const std::vector<int> results = co_await tridem::gather(std::move(few));
  CHECK(results == std::vector<int>{0, 2, 4});
}

TRIDEM_TEST("process_hazards: the functions of a map can have a stop token") {
  tridem::process_pool pool{{.workers = 2, .grace = 30s}};
  const std::vector<std::tuple<int, int>> pairs{{1, 2}, {3, 4}, {5, 6}};
  const auto sums = co_await pool.starmap<&add_with_token>(pairs, {.chunk = 2});
  CHECK(sums == std::vector<int>{3, 7, 11});
  const std::vector<int> quick{0, 1, 2};
  const auto answers = co_await pool.map<&is_stopped_at>(quick);
  CHECK(answers == std::vector<bool>(3, false));
  auto stream = pool.imap<&is_stopped_at>(quick);
  int seen = 0;
  while (auto* next = co_await stream.next()) seen += *next ? 100 : 1;
  CHECK(seen == 3);

  // Each of them stops by itself, and no worker has to die for it.
  const std::vector<int> slow{3, 3};
  auto map = tridem::create_task(pool.map<&is_stopped_at>(slow, {.chunk = 1}));
  while (pool.stats().running < 2) co_await tridem::sleep(1ms);
  map.cancel();
  CHECK(co_await fails_with<tridem::task_cancelled>(std::move(map)));
  CHECK(pool.stats().started_workers == 2);
}
