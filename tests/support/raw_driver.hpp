// SPDX-License-Identifier: MIT
// Drives a bare driver by hand: operations as plain nodes, no loop, no coroutine.
#pragma once

#include <tridem/runtime/detail/loop_core.hpp>
#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/operation.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <vector>

namespace tridem::test {

/// The least that an operation needs of a loop: a list to be submitted in, and a strand that waits.
class raw_loop final : public detail::loop_core {
 public:
  raw_loop() noexcept : before_(current_) {
    current_ = this;
    waiter.loop = this;
  }
  ~raw_loop() { current_ = before_; }

  struct idle_strand final : detail::strand {
    std::coroutine_handle<> finished() noexcept override { return std::noop_coroutine(); }
    void run() noexcept override {}
  };
  idle_strand waiter;

 private:
  loop_core* const before_;
};

/// An operation for containers: its type is final, so that they may destroy it without a virtual
/// destructor.
template <class Operation>
struct single final : Operation {
  using Operation::Operation;
};

/// What a test does with a driver. Every wait ends after `patience` with a failed test.
class raw_driver {
 public:
  explicit raw_driver(driver& served) noexcept : driver_(served) {}
  raw_driver(const raw_driver&) = delete;
  raw_driver& operator=(const raw_driver&) = delete;

  [[nodiscard]] driver& under_test() noexcept { return driver_; }

  /// Queues `op` for the next turn.
  void submit(operation& op) noexcept {
    op.waiter = &loop_.waiter;
    loop_.submit(op);
  }

  /// Asks for the early end of a queued operation, or of one in flight.
  void cancel(operation& op) noexcept {
    op.request_cancel();
    while (!loop_.ready.empty()) loop_.ready.pop_front();
  }

  /// One turn; the operations that completed are done afterwards, and returned in their order.
  std::vector<operation*> turn(time_point deadline) {
    operation_list completed;
    driver_.turn(loop_.submitted, completed, deadline);
    CHECK(loop_.submitted.empty());
    std::vector<operation*> done;
    while (!completed.empty()) {
      operation& op = completed.pop_front();
      // A driver in whose turn strangers' code may run marks it at once.
      const bool is_ours =
          op.state == operation_state::in_flight || op.state == operation_state::done;
      CHECK(is_ours);
      op.state = operation_state::done;
      done.push_back(&op);
    }
    return done;
  }

  /// A turn that only looks.
  std::vector<operation*> look() { return turn(driver_.now()); }

  /// Turns until `op` is done; its result.
  std::int32_t finish(operation& op) {
    const time_point end = driver_.now() + patience;
    while (op.state != operation_state::done && driver_.now() < end) turn(end);
    REQUIRE_MESSAGE(op.state == operation_state::done, "an operation did not end in time");
    return op.result;
  }

  /// Submits `op` and turns until it is done; its result.
  std::int32_t run(operation& op) {
    submit(op);
    return finish(op);
  }

  /// Gives `op` to the system, and some turns in which it must not end.
  void start_waiting(operation& op) {
    submit(op);
    for (int i = 0; i < 3; ++i) turn(driver_.now() + std::chrono::milliseconds(1));
    REQUIRE_MESSAGE(op.state == operation_state::in_flight, "an operation should be waiting");
  }

  static constexpr std::chrono::seconds patience{20};

 private:
  driver& driver_;
  raw_loop loop_;
};

}  // namespace tridem::test
