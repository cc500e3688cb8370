// SPDX-License-Identifier: MIT
// to_thread, and that its pool ends with the loop (the leak check after each case counts threads).
#include "tests/support/async_test.hpp"

#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <latch>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

TRIDEM_TEST("to_thread runs a function on another thread") {
  const auto id = co_await tridem::to_thread([] { return std::this_thread::get_id(); });
  CHECK(id != std::this_thread::get_id());
}

TRIDEM_TEST("to_thread passes arguments, results and exceptions") {
  const std::string joined =
      co_await tridem::to_thread([](std::string a, const std::string& b) { return a + b; },
                                 std::string("left "), std::string("right"));
  CHECK(joined == "left right");
  auto owned = co_await tridem::to_thread([](std::unique_ptr<int> p) { return p; },
                                          std::make_unique<int>(7));
  CHECK(*owned == 7);
  CHECK_THROWS_WITH_AS(
      co_await tridem::to_thread([] { throw std::invalid_argument("no such thing"); }),
      "no such thing", std::invalid_argument);
}

TRIDEM_TEST("calls that block overlap") {
  // Each waits for the other: this ends only when both run at once.
  std::latch both(2);
  co_await tridem::gather(tridem::to_thread([&both] { both.arrive_and_wait(); }),
                          tridem::to_thread([&both] { both.arrive_and_wait(); }));
}

TRIDEM_TEST("a call is asked to stop at its deadline") {
  std::latch begun(1);
  auto call = tridem::create_task(tridem::to_thread([&begun](std::stop_token stop) {
    begun.count_down();
    while (!stop.stop_requested()) std::this_thread::yield();
    return 5;
  }));
  co_await tridem::yield();
  begun.wait();
  // A result that is there wins over the deadline.
  const int given = co_await tridem::wait_for(std::move(call), 1ms);
  CHECK(given == 5);
}

TEST_CASE("each run has a default pool of its own") {
  for (int i = 0; i < 3; ++i) {
    const int twice = tridem::run([](int x) -> tridem::task<int> {
      co_return co_await tridem::to_thread([x] { return 2 * x; });
    }(i));
    CHECK(twice == 2 * i);
  }
}
