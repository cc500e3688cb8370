// SPDX-License-Identifier: MIT
// Who has nothing to do does nothing: no thread of the program and no worker wakes up by itself.
// Counted by the kernel as the times that a thread gave its CPU away.
#include "tests/support/async_test.hpp"

#include <tridem/tridem.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace tridem::test {
namespace {

using namespace std::chrono_literals;

/// How often the threads of `pid` have begun to wait.
long waits_of(const std::string& pid) {
  long sum = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
    std::ifstream status(thread.path() / "status");
    for (std::string word; status >> word;) {
      if (word != "voluntary_ctxt_switches:") continue;
      long count = 0;
      status >> count;
      sum += count;
    }
  }
  return sum;
}

/// A wait of the loop in which nothing else happens is one; the sleep itself ends it.
constexpr long waits_of_a_sleep = 4;

int twice(int value) {
  return 2 * value;
}

TRIDEM_TEST("an idle loop with a server, a thread pool and a process pool sleeps") {
  auto listener = tcp_listener::bind(address::loopback());
  auto handler = [](tcp_stream stream) -> task<> {
    std::array<std::byte, 64> bytes;
    co_await stream.read_some(bytes);
  };
  const address at = listener.local_address();
  server running = start_server(std::move(listener), handler, {.idle_limit = 1h});
  tcp_stream silent = co_await tcp_stream::connect(at);
  thread_pool threads({.threads = 2});
  co_await threads.submit(twice, 1);
  process_pool processes({.workers = 1});
  co_await processes.submit<&twice>(1);
  const std::string worker = std::to_string(processes.stats().each.front().pid);
  // What has just been busy spins for a while, and goes to sleep.
  co_await sleep(100ms);

  const long here = waits_of("self");
  const long there = waits_of(worker);
  co_await sleep(500ms);
  CHECK(waits_of("self") - here <= waits_of_a_sleep);
  CHECK(waits_of(worker) - there <= 1);

  co_await processes.shutdown();
  co_await threads.shutdown();
  co_await running.stop(1s);
}

/// Waits for what never comes, in a process without a loop.
void wait_in_a_worker(mp::queue<int> items, mp::event begun) {
  begun.set();
  (void)items.get_blocking();
}
void hold(mp::mutex lock, mp::event begun) {
  const auto held = lock.lock_blocking();
  begun.set();
  for (;;) std::this_thread::sleep_for(1h);
}

TRIDEM_TEST("who waits for another process sleeps until something happens") {
  const mp::queue<int> items(4);
  const mp::event begun;
  const auto waiting = process::start<&wait_in_a_worker>(items, begun);
  co_await begun.wait();
  const mp::mutex lock;
  const mp::event held;
  const auto holding = process::start<&hold>(lock, held);
  co_await held.wait();
  const mp::event never;
  const mp::queue<int> empty(4);
  const mp::semaphore one(1);
  const auto permit = co_await one.acquire();
  std::vector<task_handle<void>> waits;
  waits.push_back(create_task([](mp::event on) -> task<> { co_await on.wait(); }, never));
  waits.push_back(create_task([](mp::queue<int> on) -> task<> { co_await on.get(); }, empty));
  waits.push_back(create_task(
      [](mp::semaphore on) -> task<> { [[maybe_unused]] auto permit = co_await on.acquire(); },
      one));
  auto locking = create_task(
      [](mp::mutex on) -> task<bool> {
        try {
          (void)co_await on.lock();
        } catch (const mp::owner_died&) {
          co_return true;
        }
        co_return false;
      },
      lock);
  const std::string worker = std::to_string(waiting.pid());
  // Everybody has begun to wait, and to watch the others.
  co_await sleep(200ms);

  const long here = waits_of("self");
  const long there = waits_of(worker);
  co_await sleep(1s);
  CHECK(waits_of("self") - here <= waits_of_a_sleep);
  CHECK(waits_of(worker) - there <= 1);

  // They are not deaf: a death, and an item.
  ::kill(holding.pid(), SIGKILL);
  const bool was_told = co_await locking;
  CHECK(was_told);
  co_await items.put(1);
  co_await waiting.join();
  for (auto& each : waits) each.cancel();
}

}  // namespace
}  // namespace tridem::test
