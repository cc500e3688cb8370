// SPDX-License-Identifier: MIT
// The two ways to wait for shared memory: a task awaits, a thread blocks. One attempt serves both.
//
// An attempt is `turnstile attempt(care)`: it tries, and gives an empty turnstile when it is done,
// or the one to sleep at. It may throw. After a beat without news it is asked to be thorough: to
// look whether those it waits for still live.
#pragma once

#include "pool/mp/turnstile.hpp"

#include <tridem/io/operations.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/detail/this_strand.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/task.hpp>

#include <coroutine>
#include <utility>

namespace tridem::detail {

enum class care : bool { quick, thorough };

inline constexpr int short_spin = 20;

inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// Aborts on the thread of a loop: to block it would stop all its tasks.
void check_may_block() noexcept;

/// Whether a blocking wait ends when the call that runs in this worker was told to stop.
enum class heed : bool { no, cancellation };

/// Blocks until the attempt is done.
///
/// Errors: what the attempt throws. Cancellation: if it is heeded, throws `cancelled` within a
/// beat.
template <class Attempt>
void block_until(Attempt attempt, heed what = heed::cancellation) {
  check_may_block();
  // Locks are held for moments: looking again for a microsecond saves most sleeps.
  for (int i = 0; i < short_spin; ++i) {
    if (!attempt(care::quick)) return;
    pause();
  }
  care how = care::quick;
  for (;;) {
    const turnstile place = attempt(how);
    if (!place) return;
    if (what == heed::cancellation && cancel_requested()) throw_cancelled();
    const std::uint32_t ticket = place.enter(doorbell_kind::futex);
    const turnstile again = attempt(care::quick);
    if (!again) return;
    how = care::quick;
    if (again == place && !place.sleep(ticket)) how = care::thorough;
  }
}

/// The wait of a loop at a turnstile. Gives `thorough` when a beat has passed without news.
class turnstile_wait {
 public:
  turnstile_wait(turnstile place, std::uint32_t ticket) noexcept : place_(place), ticket_(ticket) {}

  class awaiter final : public timer_node {
   public:
    awaiter(turnstile place, std::uint32_t ticket) noexcept
        : place_(place), operation_(&place.words().ticket, ticket, place.event()) {}
    awaiter(const awaiter&) = delete;

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      promise_base& frame = awaiting.promise();
      strand& line = *frame.line;
      cut_short_ = line.scope->is_cancelled();
      if (cut_short_) return false;
      home_ = static_cast<event_loop*>(line.loop);
      line.suspend_in(operation_, awaiting, frame);
      line.loop->submit(operation_);
      home_->add_timer(*this, home_->fresh_now() + beat);
      return true;
    }
    care await_resume() {
      if (is_armed()) home_->remove_timer(*this);
      cut_short_ = cut_short_ || (operation_.was_cancelled() && !beaten_);
      if (cut_short_) {
        // A wake-up may have been spent on this wait; another sleeper has more use for it.
        place_.wake_one();
        throw_cancelled();
      }
      if (operation_.result < 0 && !beaten_) throw_operation_failure(operation_);
      return beaten_ ? care::thorough : care::quick;
    }
    void fire() noexcept override {
      beaten_ = true;
      operation_.request_cancel();
    }

   private:
    turnstile place_;
    wait_doorbell_operation operation_;
    event_loop* home_ = nullptr;
    bool cut_short_ = false;
    bool beaten_ = false;
  };

  awaiter operator co_await() const noexcept { return awaiter(place_, ticket_); }

 private:
  turnstile place_;
  std::uint32_t ticket_;
};

/// Awaits until the attempt is done.
///
/// Errors: what the attempt throws. Cancellation: before each attempt and each sleep.
template <class Attempt>
task<> await_until(Attempt attempt) {
  const strand& line = co_await this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  const doorbell_kind kind = doorbell_kind_of(static_cast<event_loop&>(*line.loop));
  care how = care::quick;
  for (;;) {
    const turnstile place = attempt(how);
    if (!place) co_return;
    const std::uint32_t ticket = place.enter(kind);
    const turnstile again = attempt(care::quick);
    if (!again) co_return;
    how = care::quick;
    if (again == place) {
      turnstile_wait wait(place, ticket);
      how = co_await wait;
    }
  }
}

}  // namespace tridem::detail
