// SPDX-License-Identifier: MIT
// A driver that a loop shares with others: their handlers run inside its turns, and may make tasks
// ready there.
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/poller.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/run.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <utility>

namespace tridem {
namespace {

class nothing_much final : public operation {
 public:
  using value_type = int;
  nothing_much() noexcept : operation(op_kind{}) {}
  int take_value() const noexcept { return result; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "nothing much");
  }
};

/// Answers only where it may wait, and counts the tasks that were ready when it did.
class sharing_driver final : public driver {
 public:
  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override {
    const bool takes = !submitted.empty();
    while (!submitted.empty()) {
      operation& op = submitted.pop_front();
      op.state = operation_state::in_flight;
      held_.push_back(op);
    }
    // The handler of somebody else, at the worst moment.
    if (takes && handler != nullptr) return std::exchange(handler, nullptr)->set();
    if (deadline == time_point::min()) return;
    if (!event_loop::current().ready.empty()) ++slept_over;
    while (!held_.empty()) completed.push_back(held_.pop_front());
  }
  void wake() noexcept override {}
  [[nodiscard]] time_point now() const noexcept override { return {}; }
  [[nodiscard]] const char* name() const noexcept override { return "sharing"; }

  static inline event* handler = nullptr;
  static inline int slept_over = 0;

 private:
  operation_list held_;
};

/// With one of them a loop hands over what was submitted before it looks around and sleeps.
class silent_poller final : public detail::poller {
 public:
  silent_poller() { event_loop::current().add_poller(*this); }
  ~silent_poller() { event_loop::current().remove_poller(*this); }
  bool poll() noexcept override { return false; }
  bool prepare_sleep() noexcept override { return false; }
  void awake() noexcept override {}
  [[nodiscard]] int spin_ns() const noexcept override { return 0; }
};

task<> ask() {
  operation_awaitable<nothing_much> asked{nothing_much()};
  co_await std::move(asked);
}

task<> wait_beside_an_operation() {
  const silent_poller source;
  event came;
  sharing_driver::handler = &came;
  co_await gather(ask(), came.wait());
}

TEST_CASE(
    "a task that becomes ready while operations are handed over runs before the loop sleeps") {
  sharing_driver::slept_over = 0;
  detail::run_on(std::make_unique<sharing_driver>(), wait_beside_an_operation(),
                 std::source_location::current());
  CHECK(sharing_driver::handler == nullptr);
  CHECK(sharing_driver::slept_over == 0);
}

}  // namespace
}  // namespace tridem
