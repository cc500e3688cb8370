// SPDX-License-Identifier: MIT
// Waiting for time to pass, and giving way to others.
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <algorithm>
#include <cstddef>

namespace tridem {
namespace detail {

class sleep_awaiter final : public suspension, private timer_node {
 public:
  /// `span`, counted from the await, unless it is negative: then `until`.
  sleep_awaiter(time_point until, duration span) noexcept : is_span_(span >= duration::zero()) {
    deadline = is_span_ ? time_point(span) : until;
  }
  sleep_awaiter(const sleep_awaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    strand& line = *frame.line;
    cut_short_ = line.scope->is_cancelled();
    if (cut_short_) return false;
    line.suspend_in(*this, awaiting, frame);
    begin(line);
    return true;
  }
  void await_resume() const {
    if (cut_short_) throw_cancelled();
  }
  void request_cancel() noexcept override {
    cut_short_ = true;
    static_cast<event_loop*>(waiter->loop)->remove_timer(*this);
    waiter->complete();
  }
  void describe(char* out, std::size_t size) const noexcept override;

 private:
  void begin(strand& line) noexcept;
  void fire() noexcept override { waiter->complete(); }

  bool is_span_;  // until it begins, `deadline` holds a span
  bool cut_short_ = false;
};

/// Not a suspension: the strand stands in the ready queue, and waits for nothing.
class yield_awaiter {
 public:
  yield_awaiter() = default;
  yield_awaiter(const yield_awaiter&) = delete;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    strand& line = *frame.line;
    cut_short_ = line.scope->is_cancelled();
    if (cut_short_) return false;
    line.resume_point = awaiting;
    line.gives_way = true;
    line.loop->ready.push_back(line);
    return true;
  }
  void await_resume() const {
    if (cut_short_) throw_cancelled();
  }

 private:
  bool cut_short_ = false;
};

}  // namespace detail

class [[nodiscard("sleep does nothing until it is awaited")]] sleep_awaitable {
 public:
  sleep_awaitable(time_point until, duration span) noexcept : until_(until), span_(span) {}
  detail::sleep_awaiter operator co_await() const noexcept {
    return detail::sleep_awaiter(until_, span_);
  }

 private:
  time_point until_;
  duration span_;
};

class [[nodiscard("yield does nothing until it is awaited")]] yield_awaitable {
 public:
  detail::yield_awaiter operator co_await() const noexcept { return detail::yield_awaiter(); }
};

/// Waits until at least `span` has passed, counted from the await; zero or less gives way once.
///
/// Cancellation:  at once.
/// Threads:       resumes on the same loop. Cost: O(1), no allocation. Resolution: 66 us; never
/// early.
inline sleep_awaitable sleep(duration span) noexcept {
  return {never, std::max(span, duration::zero())};
}

/// Waits until `when`; an instant in the past gives way once.
inline sleep_awaitable sleep_until(time_point when) noexcept {
  return {when, duration(-1)};
}

/// Lets everything else that is ready run first.
///
/// Cancellation: a check. Threads: resumes on the same loop. Cost: a few nanoseconds, no system
/// call by itself.
inline yield_awaitable yield() noexcept {
  return {};
}

/// The time at which this turn of the current loop began.
[[nodiscard]] inline time_point now() noexcept {
  return event_loop::current().now();
}

}  // namespace tridem
