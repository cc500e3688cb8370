// SPDX-License-Identifier: MIT
// The two ways to wait for shared memory: a task awaits, a thread blocks. One attempt serves both.
//
// An attempt is `turnstile attempt(care)`: it tries, and gives an empty turnstile when it is done,
// or the one to sleep at. It may throw. After a short sleep without news, and after each death of a
// process that has the object, it is asked to be thorough: to look whether those it waits for still
// live. A sleep that is not short ends by news or a death only; where deaths cannot be watched, it
// ends after a beat.
#pragma once

#include "pool/mp/peers.hpp"
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

/// How one wait goes on from quick looks to long sleeps.
struct vigil {
  care how = care::quick;    ///< Of the next attempt.
  bool is_long = false;      ///< One sleep has brought no news.
  bool is_kept = false;      ///< Those who have the object are watched over.
  std::uint64_t deaths = 0;  ///< How many had been noticed before the last thorough attempt.

  /// To be asked after each attempt: whether somebody has died since the last thorough one.
  [[nodiscard]] bool must_look_again(const turnstile& place) noexcept {
    how = care::quick;
    is_kept = is_long && place.peers().watch();
    const std::uint64_t now = place.peers().deaths();
    if (!is_long || now == deaths) return false;
    deaths = now;
    how = care::thorough;
    return true;
  }
  [[nodiscard]] duration longest_sleep() const noexcept { return is_long ? beat : first_sleep; }
  void nothing_new() noexcept {
    how = care::thorough;
    is_long = true;
  }
};

/// Aborts on the thread of a loop: to block it would stop all its tasks.
void check_may_block() noexcept;

/// Whether a blocking wait ends when the call that runs in this worker was told to stop.
enum class heed : bool { no, cancellation };

/// Blocks the thread until there is news at `place`, where it has entered by the eventfd, or a
/// process that has the object has died, or, if that is heeded, the call was told to stop.
void sleep_long(turnstile place, std::uint32_t ticket, heed what) noexcept;
/// The same for a loop that has entered by whatever its driver has.
task<> await_long(turnstile place, std::uint32_t ticket);

/// Blocks until the attempt is done.
///
/// Errors: what the attempt throws. Cancellation: if it is heeded, throws `cancelled`.
template <class Attempt>
void block_until(Attempt attempt, heed what = heed::cancellation) {
  check_may_block();
  // Locks are held for moments: looking again for a microsecond saves most sleeps.
  for (int i = 0; i < short_spin; ++i) {
    if (!attempt(care::quick)) return;
    pause();
  }
  vigil watch;
  for (;;) {
    const turnstile place = attempt(watch.how);
    if (!place) return;
    if (what == heed::cancellation && cancel_requested()) throw_cancelled();
    if (watch.must_look_again(place)) continue;
    const std::uint32_t ticket =
        place.enter(watch.is_kept ? doorbell_kind::eventfd : doorbell_kind::futex);
    const turnstile again = attempt(care::quick);
    if (!again) return;
    if (again != place) continue;
    if (watch.is_kept) {
      sleep_long(place, ticket, what);
    } else if (!place.sleep(ticket, watch.longest_sleep())) {
      watch.nothing_new();
    }
  }
}

/// The wait of a loop at a turnstile. Gives `thorough` when `most` has passed without news.
class turnstile_wait {
 public:
  turnstile_wait(turnstile place, std::uint32_t ticket, duration most) noexcept
      : place_(place), ticket_(ticket), most_(most) {}

  class awaiter final : public timer_node {
   public:
    awaiter(turnstile place, std::uint32_t ticket, duration most) noexcept
        : place_(place), operation_(&place.words().ticket, ticket, place.event()), most_(most) {}
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
      if (most_ != forever) home_->add_timer(*this, home_->fresh_now() + most_);
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
    duration most_;
    event_loop* home_ = nullptr;
    bool cut_short_ = false;
    bool beaten_ = false;
  };

  awaiter operator co_await() const noexcept { return awaiter(place_, ticket_, most_); }

  static constexpr duration forever = duration::max();

 private:
  turnstile place_;
  std::uint32_t ticket_;
  duration most_;
};

/// Awaits until the attempt is done.
///
/// Errors: what the attempt throws. Cancellation: before each attempt and each sleep.
template <class Attempt>
task<> await_until(Attempt attempt) {
  const strand& line = co_await this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  const doorbell_kind kind = doorbell_kind_of(static_cast<event_loop&>(*line.loop));
  vigil watch;
  for (;;) {
    const turnstile place = attempt(watch.how);
    if (!place) co_return;
    if (watch.must_look_again(place)) continue;
    const std::uint32_t ticket = place.enter(kind);
    const turnstile again = attempt(care::quick);
    if (!again) co_return;
    if (again != place) continue;
    if (watch.is_kept) {
      co_await await_long(place, ticket);
    } else {
      turnstile_wait wait(place, ticket, watch.longest_sleep());
      const care next = co_await wait;
      if (next == care::thorough) watch.nothing_new();
    }
  }
}

}  // namespace tridem::detail
