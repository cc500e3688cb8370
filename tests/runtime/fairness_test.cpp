// SPDX-License-Identifier: MIT
// Nobody is starved: bounds are counted in turns and resumptions, never in time.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

/// Each turn takes a millisecond, and answers what the turn before was asked.
class ticking_driver final : public driver {
 public:
  void turn(operation_list& submitted, operation_list& completed, time_point) override {
    ++turns;
    most_resumed = std::max(most_resumed, resumed - resumed_before_);
    resumed_before_ = resumed;
    now_ += 1ms;
    while (!asked_.empty()) completed.push_back(asked_.pop_front());
    while (!submitted.empty()) {
      operation& op = submitted.pop_front();
      op.state = operation_state::in_flight;
      asked_.push_back(op);
    }
  }
  void wake() noexcept override {}
  [[nodiscard]] time_point now() const noexcept override { return now_; }
  [[nodiscard]] const char* name() const noexcept override { return "ticking"; }

  static inline int turns = 0;
  static inline int resumed = 0;  // counted by the tasks
  static inline int most_resumed = 0;

 private:
  time_point now_{};
  int resumed_before_ = 0;
  operation_list asked_;
};

class nothing_much final : public operation {
 public:
  using value_type = int;
  nothing_much() noexcept : operation(op_kind{}) {}
  int take_value() const noexcept { return result; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "nothing much");
  }
};

void run_ticking(task<> body) {
  ticking_driver::turns = 0;
  ticking_driver::resumed = 0;
  ticking_driver::most_resumed = 0;
  detail::run_on(std::make_unique<ticking_driver>(), std::move(body),
                 std::source_location::current());
}

task<> spin_until(const bool& done) {
  while (!done) {
    co_await yield();
    ++ticking_driver::resumed;
  }
}

task<> set_after_sleep(bool& done) {
  co_await sleep(5ms);
  done = true;
}

TEST_CASE("a task that only yields does not starve timers") {
  bool done = false;
  auto body = [&]() -> task<> { co_await gather(spin_until(done), set_after_sleep(done)); };
  run_ticking(body());
  CHECK(ticking_driver::turns <= 8);
}

task<> ask_often(bool& done, int& turns_between) {
  for (int i = 0; i < 10; ++i) {
    const int before = ticking_driver::turns;
    operation_awaitable<nothing_much> asked{nothing_much()};
    co_await std::move(asked);
    turns_between = std::max(turns_between, ticking_driver::turns - before);
  }
  done = true;
}

TEST_CASE("nor operations: they are handed over and collected in every turn") {
  bool done = false;
  int turns_between = 0;
  auto body = [&]() -> task<> {
    co_await gather(spin_until(done), ask_often(done, turns_between));
  };
  run_ticking(body());
  CHECK(turns_between == 2);
}

TEST_CASE("nor what other threads hand over, nor callbacks") {
  bool done = false;
  int turns_at_call = 0;
  int resumed_at_soon = 0;
  auto body = [&]() -> task<> {
    event_loop& loop = event_loop::current();
    auto spinner = create_task(spin_until(done));
    co_await yield();
    const int before = ticking_driver::turns;
    const int resumed_before = ticking_driver::resumed;
    loop.call_soon([&] { resumed_at_soon = ticking_driver::resumed - resumed_before; });
    std::thread([&] {
      loop.call_soon_threadsafe([&] {
        turns_at_call = ticking_driver::turns - before;
        done = true;
      });
    }).join();
    co_await spinner;
  };
  run_ticking(body());
  CHECK(resumed_at_soon <= 1);
  CHECK(turns_at_call == 1);
}

task<> yield_and_count(int rounds, std::vector<int>& counts, std::size_t self, int& widest) {
  for (int i = 0; i < rounds; ++i) {
    co_await yield();
    ++ticking_driver::resumed;
    ++counts[self];
    if (self == 0) {
      const auto [least, most] = std::ranges::minmax(counts);
      widest = std::max(widest, most - least);
    }
  }
}

TEST_CASE("a thousand ready tasks take turns, and a turn of the loop resumes at most 64 of them") {
  std::vector<int> counts(1000, 0);
  int widest = 0;
  auto body = [&]() -> task<> {
    std::vector<task<>> all;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      all.push_back(yield_and_count(50, counts, i, widest));
    }
    co_await gather(std::move(all));
  };
  run_ticking(body());
  CHECK(widest <= 1);
  CHECK(ticking_driver::most_resumed == 64);
  CHECK(ticking_driver::turns >= 50 * 1000 / 64);
}

task<> ask_for_ever(const bool& done) {
  while (!done) {
    operation_awaitable<nothing_much> asked{nothing_much()};
    co_await std::move(asked);
  }
}

TEST_CASE("operations that complete in every turn starve neither tasks nor timers") {
  bool done = false;
  auto body = [&]() -> task<> {
    std::vector<task<>> all;
    for (int i = 0; i < 500; ++i) all.push_back(ask_for_ever(done));
    all.push_back(set_after_sleep(done));
    co_await gather(std::move(all));
  };
  run_ticking(body());
  // 500 resumptions take 8 turns of 64; the timer is due after 5.
  CHECK(ticking_driver::turns <= 40);
}

task<> sleep_and_note(duration span, time_point start, time_point& latest, int& out_of_order) {
  co_await sleep(span);
  const time_point woken = event_loop::current().fresh_now();
  if (woken < latest || woken < start + span) ++out_of_order;
  latest = woken;
}

TRIDEM_TEST("a hundred thousand sleep at once, and wake in order, never early") {
  constexpr int sleepers = 100'000;
  const time_point start = event_loop::current().fresh_now();
  time_point latest = start;
  int out_of_order = 0;
  std::vector<task<>> all;
  all.reserve(sleepers);
  for (int i = 0; i < sleepers; ++i) {
    // Every span up to 100 s once, in a scattered order.
    const auto scattered = static_cast<long long>(i) * 77'773 % sleepers;
    all.push_back(
        sleep_and_note(std::chrono::milliseconds(scattered), start, latest, out_of_order));
  }
  co_await gather(std::move(all));
  CHECK(out_of_order == 0);
  CHECK(latest >= start + std::chrono::milliseconds(sleepers - 1));
}

struct silent_timer final : detail::timer_node {
  void fire() noexcept override { ++fired; }
  int fired = 0;
};

TEST_CASE("a million timers are inserted and taken back, and leave nothing") {
  constexpr std::size_t count = 1'000'000;
  detail::timer_wheel wheel{time_point{}};
  std::vector<silent_timer> timers(count);
  for (std::size_t i = 0; i < count; ++i) {
    wheel.insert(timers[i], time_point{} + std::chrono::microseconds(i * 7'919 % 3'600'000'000));
  }
  CHECK(wheel.next_deadline() != never);
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 1000 != 0) wheel.erase(timers[i]);
  }
  // One call looks at a bounded number of slots.
  while (wheel.next_deadline() != never) wheel.advance(time_point{} + 2h);
  int fired = 0;
  for (const silent_timer& one : timers) fired += one.fired;
  CHECK(fired == 1000);
}

}  // namespace
}  // namespace tridem
