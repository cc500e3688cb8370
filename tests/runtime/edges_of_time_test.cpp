// SPDX-License-Identifier: MIT
// The last moments of a loop and of a group, and deadlines at the ends of the calendar.
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using tridem::event_loop;
using tridem::task;

struct edges_tag {};
using probe = tridem::test::lifetime_probe<edges_tag>;

task<> step(int& steps) {
  co_await tridem::yield();
  ++steps;
}

struct always_again {
  int* calls;
  void operator()() const {
    ++*calls;
    event_loop::current().call_soon(*this);
  }
};

TEST_CASE("a callback that always schedules itself does not hold up the end of its loop") {
  int calls = 0;
  auto body = [&calls]() -> task<> {
    always_again{&calls}();
    co_await tridem::yield();
  };
  tridem::run(body());
  CHECK(calls > 1);
}

task<std::string> never_begun(probe, int& steps) {
  ++steps;
  co_return std::string(100, 'x');
}

TEST_CASE("a task that is handed over when its loop ends is released, not begun") {
  probe::counts.reset();
  int steps = 0;
  {
    event_loop loop(std::make_unique<tridem::test::virtual_driver>());
    auto hand_over = [&steps] { tridem::create_task(never_begun(probe(1), steps)); };
    loop.call_soon([&loop, hand_over] { loop.call_soon_threadsafe(hand_over); });
  }
  CHECK(steps == 0);
  CHECK(probe::counts.constructed == 1);
  CHECK(probe::counts.live() == 0);
}

task<> add_child(tridem::task_group*& group, tridem::task_handle<>& first, int& steps) {
  co_await first;
  group->create_task(step(steps));
}

TRIDEM_TEST("a group waits for a child that comes just after the last one has ended") {
  // It happens only when the outsider is resumed before the group's owner is.
  if (tridem::detail::debug_mode()) co_return;
  int steps = 0;
  tridem::task_group* shared = nullptr;
  tridem::task_handle<> first;
  auto outsider = [&]() -> task<> {
    while (shared == nullptr) co_await tridem::yield();
    co_await add_child(shared, first, steps);
  };
  auto adding = tridem::create_task(outsider);
  auto body = [&](tridem::task_group& group) -> task<> {
    first = group.create_task(tridem::sleep(5ms));
    shared = &group;
    co_await tridem::yield();
  };
  co_await tridem::with_task_group(body);
  CHECK(steps == 1);
  co_await adding;
}

TRIDEM_TEST("deadlines at both ends of the calendar") {
  const auto earliest = tridem::time_point::min();
  co_await tridem::sleep_until(earliest);
  co_await tridem::sleep(tridem::duration::min());
  int timeouts = 0;
  try {
    co_await tridem::wait_until(tridem::sleep(1s), earliest);
  } catch (const tridem::timeout_error&) {
    ++timeouts;
  }
  try {
    co_await tridem::wait_for(tridem::sleep(1s), tridem::duration::min());
  } catch (const tridem::timeout_error&) {
    ++timeouts;
  }
  CHECK(timeouts == 2);
  co_await tridem::wait_for(tridem::sleep(1s), tridem::duration::max());
  co_await tridem::wait_until(tridem::sleep(1s), tridem::time_point::max());
  const bool whole =
      co_await tridem::with_cancel_scope([earliest](tridem::cancel_scope& scope) -> task<> {
        scope.deadline(earliest);
        co_await tridem::sleep(1s);
      });
  CHECK_FALSE(whole);
  int calls = 0;
  auto at_once = event_loop::current().call_at(earliest, [&calls] { ++calls; });
  auto at_no_time = event_loop::current().call_later(tridem::duration::max(), [&] { ++calls; });
  co_await tridem::sleep(1s);
  CHECK(calls == 1);
}

}  // namespace
