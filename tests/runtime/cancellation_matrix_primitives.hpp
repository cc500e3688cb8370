// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: time, locks, and an operation of the driver.
#pragma once

#include "tests/support/cancellation_matrix.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/barrier.hpp>
#include <tridem/runtime/condition.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/shared_mutex.hpp>
#include <tridem/runtime/sleep.hpp>

#include <optional>
#include <utility>

namespace tridem::test::matrix {

/// For what ends by itself at `due`: the hooks are timers before and after its own.
class timed_row : public row {
 public:
  task<> prepare() override {
    due = event_loop::current().fresh_now() + span;
    before_timer_.emplace(event_loop::current().call_at(due, [this] { before_(); }));
    co_return;
  }
  void complete(hook before, hook after) override {
    before_ = std::move(before);
    after_timer_.emplace(event_loop::current().call_at(due, std::move(after)));
  }
  task<> settle() override {
    before_timer_->cancel();
    if (after_timer_) after_timer_->cancel();
    co_return;
  }
  std::string damage(bool) override { return ""; }

 protected:
  static constexpr duration span = std::chrono::milliseconds(10);
  time_point due{};

 private:
  hook before_ = [] {};
  std::optional<timer_handle> before_timer_;
  std::optional<timer_handle> after_timer_;
};

class sleep_row final : public timed_row {
  task<> act() override { co_await sleep(span); }
};
class sleep_until_row final : public timed_row {
  task<> act() override { co_await sleep_until(due); }
};

/// Its wait is complete from the start: it only stands in the ready queue.
class yield_row final : public row {
  task<> act() override { co_await yield(); }
  task<> until_it_waits() override { co_await yield(); }
  void complete(hook before, hook after) override {
    before();
    after();
  }
  std::string damage(bool) override { return ""; }
  bool is_decided_elsewhere() const override { return true; }
};

class event_row final : public direct_row {
  task<> act() override { co_await event_.wait(); }
  void happen() override { event_.set(); }
  std::string damage(bool) override { return event_.is_set() ? "" : "the event is not set"; }
  event event_;
};

class mutex_row final : public direct_row {
  task<> prepare() override {
    (void)lock_.try_lock();
    co_return;
  }
  task<> act() override { const auto held = co_await lock_.lock(); }
  void happen() override { lock_.unlock(); }
  std::string damage(bool) override { return lock_.is_locked() ? "the lock is held" : ""; }
  mutex lock_;
};

template <bool Exclusive>
class shared_mutex_row final : public direct_row {
  task<> prepare() override { held_.emplace(co_await lock_.lock()); }
  task<> act() override {
    if constexpr (Exclusive) {
      const auto held = co_await lock_.lock();
    } else {
      const auto held = co_await lock_.lock_shared();
    }
  }
  void happen() override { held_.reset(); }
  std::string damage(bool) override { return lock_.is_locked() ? "the lock is held" : ""; }
  shared_mutex lock_;
  std::optional<shared_mutex::guard> held_;
};

template <bool WithPredicate>
class condition_row final : public direct_row {
  task<> prepare() override { held_.emplace(co_await lock_.lock()); }
  task<> act() override {
    if constexpr (WithPredicate) {
      co_await condition_.wait(*held_, [this] { return holds_; });
    } else {
      co_await condition_.wait(*held_);
    }
  }
  void happen() override {
    holds_ = true;
    condition_.notify();
  }
  std::string damage(bool) override {
    return held_->owns_lock() && lock_.is_locked() ? "" : "the lock was not taken back";
  }
  mutex lock_;
  condition condition_;
  std::optional<mutex::guard> held_;
  bool holds_ = false;
};

class semaphore_row final : public direct_row {
  task<> act() override { const auto permit = co_await permits_.acquire(); }
  void happen() override { permits_.release(); }
  std::string damage(bool) override { return permits_.available() == 1 ? "" : "a permit is gone"; }
  semaphore permits_{0};
};

class barrier_row final : public row {
  task<> prepare() override {
    partner_ = create_task(arrive());
    co_return;
  }
  task<> act() override { co_await barrier_.arrive_and_wait(); }
  void complete(hook before, hook after) override {
    before_ = std::move(before);
    after_ = std::move(after);
    go_.set();
  }
  task<> arrive() {
    co_await go_.wait();
    before_();
    co_await barrier_.arrive_and_wait();
    after_();
  }
  task<> settle() override {
    partner_.cancel();
    co_return;
  }
  std::string damage(bool) override {
    return barrier_.waiting() == 0 ? "" : "an arrival still counts";
  }
  barrier barrier_{2};
  event go_;
  hook before_ = [] {};
  hook after_ = [] {};
  task_handle<> partner_;
};

class asked final : public operation {
 public:
  using value_type = int;
  asked() noexcept : operation(op_kind{}) {}
  int take_value() const noexcept { return result; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "asked");
  }
};

class operation_row final : public direct_row {
  task<> act() override {
    operation_awaitable<asked> request{asked()};
    answer_ = co_await std::move(request);
  }
  void happen() override {
    auto& driver = virtual_driver::current();
    if (!driver.held().empty()) driver.complete(*driver.held().front(), 7);
  }
  std::string damage(bool delivered) override {
    if (!virtual_driver::current().held().empty()) return "the driver still holds it";
    return delivered == (answer_ == 7) ? "" : "the answer is lost";
  }
  int answer_ = 0;
};

inline std::vector<entry> primitive_rows() {
  return {
      {"sleep", make_row<sleep_row>},
      {"sleep_until", make_row<sleep_until_row>},
      {"yield", make_row<yield_row>},
      {"event.wait", make_row<event_row>},
      {"mutex.lock", make_row<mutex_row>},
      {"shared_mutex.lock", make_row<shared_mutex_row<true>>},
      {"shared_mutex.lock_shared", make_row<shared_mutex_row<false>>},
      {"condition.wait", make_row<condition_row<false>>},
      {"condition.wait(predicate)", make_row<condition_row<true>>},
      {"semaphore.acquire", make_row<semaphore_row>},
      {"barrier.arrive_and_wait", make_row<barrier_row>},
      {"an operation of the driver", make_row<operation_row>},
  };
}

}  // namespace tridem::test::matrix
