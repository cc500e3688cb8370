// SPDX-License-Identifier: MIT
#include <tridem/runtime/concurrent_queue.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/run_on_each.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

TEST_CASE("each loop runs on its own thread and gives its result in order") {
  std::vector<std::thread::id> threads(3);
  auto serve = [&](std::size_t index) -> tridem::task<std::size_t> {
    threads[index] = std::this_thread::get_id();
    co_await tridem::yield();
    co_return index * 10;
  };
  CHECK(tridem::run_on_each({.loops = 3}, serve) == std::vector<std::size_t>{0, 10, 20});
  CHECK(std::set<std::thread::id>(threads.begin(), threads.end()).size() == 3);
}

TEST_CASE("a failure stops the other loops and is thrown") {
  std::atomic<int> cancelled = 0;
  auto serve = [&](std::size_t index) -> tridem::task<> {
    if (index == 1) throw std::runtime_error("loop one");
    tridem::concurrent_queue<int> never_fed(1);
    try {
      co_await never_fed.get();
    } catch (const tridem::cancelled&) {
      ++cancelled;
      throw;
    }
  };
  CHECK_THROWS_WITH_AS(tridem::run_on_each({.loops = 3}, serve), "loop one", std::runtime_error);
  CHECK(cancelled <= 2);  // one that had not begun is told before its first wait
}

TEST_CASE("loops talk through a concurrent_queue") {
  tridem::concurrent_queue<int> numbers(4);
  constexpr int count = 2000;
  auto serve = [&](std::size_t index) -> tridem::task<long> {
    long sum = 0;
    if (index == 0) {
      for (int i = 1; i <= count; ++i) co_await numbers.put(i);
      numbers.close();
    } else {
      for (;;) {
        auto number = co_await numbers.get();
        if (!number) break;
        sum += *number;
      }
    }
    co_return sum;
  };
  const std::vector<long> sums = tridem::run_on_each({.loops = 3, .pin = true}, serve);
  CHECK(sums[0] == 0);
  CHECK(sums[1] + sums[2] == static_cast<long>(count) * (count + 1) / 2);
}

}  // namespace
