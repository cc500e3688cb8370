// SPDX-License-Identifier: MIT
// process: starting, joining, results, exit codes, and the ways in which a process ends.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/mp_queue.hpp>
#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tridem::test::throws;

namespace {

int own_pid() {
  return ::getpid();
}
void put_pid(tridem::mp::queue<int> into) {
  into.put_blocking(::getpid());
}
void fail(std::string why) {
  throw std::invalid_argument(why);
}
void leave(int code) {
  std::_Exit(code);
}
void end_by(int signal) {
  ::raise(signal);
}
void wait_for_ever(tridem::mp::event never, tridem::mp::value<int> begun) {
  begun.store(::getpid());
  never.wait_blocking();
}
void ignore_and_wait(tridem::mp::event begun) {
  ::signal(SIGTERM, SIG_IGN);
  begun.set();
  for (;;) ::pause();
}

}  // namespace

TRIDEM_TEST("process: each has a process of its own, and gives its result") {
  auto one = tridem::process::start<&own_pid>();
  auto other = tridem::process::start<&own_pid>();
  const int first = co_await one.join<int>();
  const int second = co_await other.join<int>();
  const std::set<int> pids{::getpid(), first, second};
  CHECK(pids.size() == 3);
  CHECK(one.pid() == first);
  CHECK(one.exit_code() == 0);
  CHECK_FALSE(one.is_alive());
  // Once more, and without the value.
  CHECK(co_await one.join<int>() == first);
  co_await one.join();
  auto third = tridem::process::start<&own_pid>();
  const int pid = co_await third.started();
  CHECK(pid == co_await third.join<int>());
  CHECK_FALSE(pids.contains(pid));
}

TRIDEM_TEST("process: several talk through a queue") {
  const tridem::mp::queue<int> pids(8);
  std::vector<tridem::process> all;
  for (int i = 0; i < 4; ++i) all.push_back(tridem::process::start<&put_pid>(pids));
  std::set<int> seen;
  for (int i = 0; i < 4; ++i) seen.insert((co_await pids.get()).value());
  for (auto& each : all) {
    co_await each.join();
    CHECK(seen.contains(each.pid()));
  }
  CHECK(seen.size() == 4);
}

TRIDEM_TEST("process: exceptions and deaths come out of join, and show in the exit code") {
  auto failing = tridem::process::start<&fail>("wrong");
  CHECK(co_await throws<std::invalid_argument>(failing.join()));
  CHECK(failing.exit_code() == 1);
  auto leaving = tridem::process::start<&leave>(7);
  CHECK(co_await throws<tridem::worker_crashed>(leaving.join()));
  CHECK(leaving.exit_code() == 7);
  auto dying = tridem::process::start<&end_by>(SIGKILL);
  CHECK(co_await throws<tridem::worker_crashed>(dying.join()));
  CHECK(dying.exit_code() == -SIGKILL);
  CHECK(dying.pid() > 0);
}

TRIDEM_TEST("process: terminate and kill") {
  const tridem::mp::event never;
  const tridem::mp::value<int> begun(0);
  auto ended = tridem::process::start<&wait_for_ever>(never, begun);
  while (begun.load() == 0) co_await tridem::sleep(1ms);
  CHECK(ended.is_alive());
  CHECK(ended.exit_code() == std::nullopt);
  const int pid = co_await ended.started();
  CHECK(begun.load() == pid);
  ended.terminate();
  co_await ended.join();
  CHECK(ended.exit_code() == -SIGTERM);
  const tridem::mp::event deaf;
  auto killed = tridem::process::start<&ignore_and_wait>(deaf);
  co_await deaf.wait();
  killed.terminate();
  killed.kill();
  co_await killed.join();
  CHECK(killed.exit_code() == -SIGKILL);
  killed.kill();
  // One that is told to end before it has begun never begins.
  auto early = tridem::process::start<&own_pid>();
  early.terminate();
  co_await early.join();
  CHECK(early.exit_code() == -SIGTERM);
  CHECK(co_await throws<tridem::worker_crashed>(early.join<int>()));
}

TRIDEM_TEST("process: ends with its object; a watcher that is cut short leaves it alone") {
  const tridem::mp::event never;
  const tridem::mp::value<int> begun(0);
  {
    auto scoped = tridem::process::start<&wait_for_ever>(never, begun);
    while (begun.load() == 0) co_await tridem::sleep(1ms);
    CHECK(co_await throws<tridem::timeout_error>(tridem::wait_for(scoped.join(), 5ms)));
    CHECK(scoped.is_alive());
    auto moved = std::move(scoped);
    CHECK(moved.is_alive());
  }
  while (::kill(begun.load(), 0) == 0) co_await tridem::sleep(1ms);
  CHECK(errno == ESRCH);
}
