// SPDX-License-Identifier: MIT
// Workers that crash, hang, or are killed: only their own call fails, and the pool heals.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <random>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

int twice(int n) {
  return 2 * n;
}
int end_by(int signal) {
  ::raise(signal);
  return 0;
}
int say_and_leave(std::string words, int code) {
  std::cerr << words << std::endl;
  std::_Exit(code);
}
int write_and_abort(std::size_t size) {
  const std::string line(size, 'w');
  std::cerr << line << std::endl;
  ::raise(SIGKILL);
  return 0;
}
void spin_for_ever() {
  volatile int keep = 1;
  while (keep == 1) {
  }
}
void stop_itself() {
  ::raise(SIGSTOP);
}
void block_signals_and_sleep() {
  ::sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  for (;;) ::pause();
}
int polite() {
  while (!tridem::cancel_requested()) ::usleep(100);
  return 17;
}
using flag = tridem::shared_array<std::atomic<int>>;
int polite_with_flag(flag begun) {
  begun[0] = 1;
  return polite();
}
/// Waits until the call has begun in its worker.
tridem::task<> wait_for_flag(flag& begun) {
  while (begun[0] == 0) co_await tridem::sleep(1ms);
}
int slow_twice(int n) {
  ::usleep(500);
  return 2 * n;
}

template <class Error, class Call>
tridem::task<std::string> text_of(Call call) {
  try {
    (void)co_await std::move(call);
  } catch (const Error& error) {
    co_return error.what();
  }
  co_return "no such error";
}

}  // namespace

TRIDEM_TEST("process_crash: the error names signal, exit code and last words") {
  tridem::process_pool pool{{.workers = 1}};
  for (const int signal : {SIGKILL, SIGTERM, SIGABRT}) {
    bool crashed = false;
    try {
      (void)co_await pool.submit<&end_by>(signal);
    } catch (const tridem::worker_crashed& error) {
      crashed = true;
      // A sanitizer may have turned the signal into an exit code.
      CHECK((error.signal() == signal || error.exit_code() > 0));
      CHECK(error.pid() > 0);
      CHECK(std::string(error.what()).find("end_by") != std::string::npos);
    }
    CHECK(crashed);
  }
  bool crashed = false;
  try {
    (void)co_await pool.submit<&say_and_leave>("these are\nmy last words", 3);
  } catch (const tridem::worker_crashed& error) {
    crashed = true;
    CHECK(error.signal() == 0);
    CHECK(error.exit_code() == 3);
    CHECK(error.last_stderr() == "these are\nmy last words");
  }
  CHECK(crashed);
  CHECK(co_await pool.submit<&twice>(3) == 6);
  CHECK(pool.stats().crashed == 4);
}

TRIDEM_TEST("process_crash: a long last line is cut, and does not block anybody") {
  tridem::process_pool pool{{.workers = 1}};
  bool crashed = false;
  // What workers say is passed on; this much of it nobody wants to read.
  const int own_stderr = ::dup(STDERR_FILENO);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(null, STDERR_FILENO);
  try {
    (void)co_await pool.submit<&write_and_abort>(std::size_t{300'000});
  } catch (const tridem::worker_crashed& error) {
    crashed = true;
    CHECK(error.last_stderr().size() == 4096 - 1);
  }
  ::dup2(own_stderr, STDERR_FILENO);
  ::close(own_stderr);
  ::close(null);
  CHECK(crashed);
}

TRIDEM_TEST("process_crash: only the call that ran fails") {
  tridem::process_pool pool{{.workers = 1}};
  std::vector<tridem::task_handle<int>> calls;
  for (int i = 0; i < 300; ++i) {
    if (i % 100 == 50) {
      calls.push_back(tridem::create_task(pool.submit<&end_by>(SIGKILL)));
    } else {
      calls.push_back(tridem::create_task(pool.submit<&twice>(i)));
    }
  }
  int crashed = 0;
  for (int i = 0; i < 300; ++i) {
    try {
      const int value = co_await std::move(calls[static_cast<std::size_t>(i)]);
      CHECK(value == 2 * i);
    } catch (const tridem::worker_crashed&) {
      ++crashed;
    }
  }
  CHECK(crashed == 3);
}

TRIDEM_TEST("process_crash: an idempotent call is made again, until it is poison") {
  tridem::process_pool pool{{.workers = 2}};
  auto poison =
      tridem::create_task(pool.with({.idempotent = true, .retries = 2}).submit<&end_by>(SIGKILL));
  std::vector<int> items(50, 1);
  const auto results = co_await pool.with({.idempotent = true}).map<&twice>(items, {.chunk = 1});
  CHECK(results == std::vector<int>(50, 2));
  bool poisoned = false;
  try {
    (void)co_await std::move(poison);
  } catch (const tridem::poison_task& error) {
    poisoned = true;
    CHECK(error.deaths() == 3);
    CHECK(error.signal() == SIGKILL);
  }
  CHECK(poisoned);
  CHECK(pool.stats().retried >= 2);
}

TRIDEM_TEST("process_crash: a deadline stops whatever runs") {
  tridem::process_pool pool{{.workers = 1}};
  const auto limited = pool.with({.deadline = 100ms});
  auto text = co_await text_of<tridem::worker_timeout>(limited.submit<&spin_for_ever>());
  CHECK(text.find("deadline of 0.1 s") != std::string::npos);
  text = co_await text_of<tridem::worker_timeout>(limited.submit<&block_signals_and_sleep>());
  CHECK(text.find("deadline of 0.1 s") != std::string::npos);
  text = co_await text_of<tridem::worker_timeout>(limited.submit<&stop_itself>());
  CHECK(text.find("deadline of 0.1 s") != std::string::npos);
  text = co_await text_of<tridem::worker_timeout>(limited.submit<&polite>());
  CHECK(text.find("deadline of 0.1 s") != std::string::npos);
  CHECK(co_await pool.submit<&twice>(3) == 6);
}

TRIDEM_TEST("process_crash: a call whose deadline passes while it waits is not made") {
  tridem::process_pool pool{{.workers = 1}};
  flag begun(1);
  auto busy = tridem::create_task(pool.submit<&polite_with_flag>(begun));
  co_await wait_for_flag(begun);
  const auto text =
      co_await text_of<tridem::worker_timeout>(pool.with({.deadline = 20ms}).submit<&twice>(1));
  CHECK(text.find("it had not been started") != std::string::npos);
  busy.cancel();
  bool cancelled = false;
  try {
    CHECK(co_await std::move(busy) == 17);
  } catch (const tridem::task_cancelled&) {
    cancelled = true;
  }
  (void)cancelled;  // The value came first, or the cancellation did: both are right.
}

TRIDEM_TEST("process_crash: task_timeout counts from the start of each call") {
  tridem::process_pool pool{{.workers = 1, .task_timeout = 1s}};
  std::vector<int> items(60, 1);
  // Together they take longer than one may.
  const auto results = co_await pool.map<[](int n) {
    ::usleep(20'000);
    return n;
  }>(items, {.chunk = 1, .in_flight = 60});
  CHECK(results.size() == 60);
  const auto text = co_await text_of<tridem::worker_timeout>(pool.submit<&spin_for_ever>());
  CHECK(text.find("deadline of 1 s") != std::string::npos);
}

TRIDEM_TEST("process_crash: cancelling a running call stops it, gently first") {
  tridem::process_pool pool{{.workers = 1, .grace = 100ms}};
  CHECK_THROWS_AS(co_await tridem::wait_for(pool.submit<&spin_for_ever>(), 100ms),
                  tridem::timeout_error);
  CHECK_THROWS_AS(co_await tridem::wait_for(pool.submit<&stop_itself>(), 100ms),
                  tridem::timeout_error);
  CHECK_THROWS_AS(co_await tridem::wait_for(pool.submit<&block_signals_and_sleep>(), 100ms),
                  tridem::timeout_error);

  // One that returns when it is asked to: the value is delivered, and its worker lives on.
  tridem::process_pool patient{{.workers = 1, .grace = 30s}};
  flag begun(1);
  auto call = tridem::create_task(patient.submit<&polite_with_flag>(begun));
  co_await wait_for_flag(begun);
  call.cancel();
  CHECK(co_await std::move(call) == 17);
  CHECK(co_await patient.submit<&twice>(3) == 6);
  CHECK(patient.stats().started_workers == 1);
}

TRIDEM_TEST("process_crash: a killed fork server is replaced") {
  tridem::process_pool pool{{.workers = 2}};
  CHECK(co_await pool.submit<&twice>(3) == 6);
  const int server = pool.stats().server_pid;
  REQUIRE(server > 0);  // kill(0) is for the whole process group
  flag begun(1);
  auto running = tridem::create_task(pool.submit<&polite_with_flag>(begun));
  co_await wait_for_flag(begun);
  ::kill(server, SIGKILL);
  const auto text = co_await text_of<tridem::worker_crashed>(std::move(running));
  CHECK(text.find("polite") != std::string::npos);
  CHECK(co_await pool.submit<&twice>(4) == 8);
  CHECK(pool.stats().server_pid != server);
}

TRIDEM_TEST("process_crash: destroying a pool fails its calls, and leaves nothing") {
  std::vector<tridem::task_handle<void>> calls;
  {
    tridem::process_pool pool{{.workers = 2}};
    for (int i = 0; i < 4; ++i) {
      calls.push_back(tridem::create_task(pool.submit<&spin_for_ever>()));
    }
    while (pool.stats().running < 2) co_await tridem::yield();
  }
  for (auto& call : calls) {
    const auto text = co_await text_of<tridem::pool_closed>(std::move(call));
    CHECK(text.find("destroyed") != std::string::npos);
  }
}

TRIDEM_TEST("process_crash: shutdown by force and by patience") {
  {
    tridem::process_pool pool{{.workers = 1}};
    auto call = tridem::create_task(pool.submit<&spin_for_ever>());
    auto waiting = tridem::create_task(pool.submit<&twice>(1));
    while (pool.stats().running == 0) co_await tridem::yield();
    co_await pool.shutdown(tridem::shutdown_mode::kill);
    CHECK((co_await text_of<tridem::pool_closed>(std::move(call))) != "no such error");
    CHECK((co_await text_of<tridem::pool_closed>(std::move(waiting))) != "no such error");
  }
  {
    tridem::process_pool pool{{.workers = 1}};
    auto call = tridem::create_task(pool.submit<&spin_for_ever>());
    while (pool.stats().running == 0) co_await tridem::yield();
    co_await pool.shutdown(tridem::shutdown_mode::drain, 50ms);
    CHECK((co_await text_of<tridem::pool_closed>(std::move(call))) != "no such error");
  }
  {
    tridem::process_pool pool{{.workers = 1}};
    flag begun(1);
    auto call = tridem::create_task(pool.submit<&polite_with_flag>(begun));
    co_await wait_for_flag(begun);
    co_await pool.shutdown(tridem::shutdown_mode::cancel);
    CHECK(co_await std::move(call) == 17);
  }
}

TEST_CASE("process_crash: a loop that ends with a call under way stops it") {
  tridem::process_pool pool{{.workers = 1, .grace = 50ms}};
  const auto leave = [](tridem::process_pool& used) -> tridem::task<> {
    auto call = tridem::create_task(used.submit<&spin_for_ever>());
    while (used.stats().running == 0) co_await tridem::yield();
  };
  tridem::run(leave(pool));
  CHECK(pool.stats().workers == 0);
}

TRIDEM_TEST("process_crash: a storm of kills loses and repeats nothing it may not") {
  tridem::process_pool pool{{.workers = 3}};
  std::vector<int> items(3000);
  for (int i = 0; i < 3000; ++i) items[static_cast<std::size_t>(i)] = i;
  bool done = false;
  const auto kill_at_random = [](tridem::process_pool& victim, const bool& stop) -> tridem::task<> {
    std::mt19937 random(7);
    while (!stop) {
      const auto pids = victim.stats().worker_pids;
      if (!pids.empty()) ::kill(pids[random() % pids.size()], SIGKILL);
      co_await tridem::sleep(20ms);
    }
  };
  auto killer = tridem::create_task(kill_at_random(pool, done));
  const auto results = co_await pool.with({.idempotent = true, .retries = 1000})
                           .map<&slow_twice>(items, {.chunk = 4, .in_flight = 12});
  done = true;
  co_await std::move(killer);
  REQUIRE(results.size() == 3000);
  for (int i = 0; i < 3000; ++i) CHECK(results[static_cast<std::size_t>(i)] == 2 * i);
}
