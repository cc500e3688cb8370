// SPDX-License-Identifier: MIT
// condition: wait until something that a mutex protects has become true.
#pragma once

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/task.hpp>

#include <utility>

namespace tridem {

/// A condition variable for tasks of one loop; each `notify` ends the wait of those who came first.
///
/// Threads: the loop's thread only.
class condition {
 public:
  condition() = default;
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  /// Ends the wait of the first `count` who wait.
  void notify(std::size_t count = 1) noexcept {
    home_.check("condition::notify");
    for (; count > 0 && !waiters_.empty(); --count) waiters_.complete_front();
  }
  void notify_all() noexcept {
    home_.check("condition::notify_all");
    while (!waiters_.empty()) waiters_.complete_front();
  }

  /// Unlocks `held`, waits for a notification, locks again.
  ///
  /// @param held    A lock on the mutex that protects the condition; stays the caller's.
  /// Cancellation:  the lock is taken back, uncancellably, before `cancelled` is thrown: the guard
  /// holds again.
  ///                A notification that came first wins.
  /// Cost:          two frames.
  task<> wait(mutex::guard& held) {
    mutex& lock = held.locked();
    wait_awaitable notified(*this, held);
    std::exception_ptr cut;
    try {
      co_await std::move(notified);
    } catch (const cancelled&) {
      cut = std::current_exception();
    }
    if (!held.owns_lock()) held = co_await shield(lock.lock());
    if (cut != nullptr) std::rethrow_exception(cut);
  }

  /// Waits until `predicate()` holds; it is looked at with the lock held.
  template <class Predicate>
  task<> wait(mutex::guard& held, Predicate predicate) {
    for (;;) {
      const bool holds = predicate();
      if (holds) co_return;
      co_await wait(held);
    }
  }

 private:
  class wait_awaiter final : public detail::list_waiter {
   public:
    wait_awaiter(condition& awaited, mutex::guard& held) noexcept
        : condition_(awaited), held_(held) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      cut_short = detail::cancelled_at(awaiting);
      if (cut_short) return false;
      condition_.waiters_.add(*this, awaiting);
      // Unlocked only now: whoever gets the lock can notify, and this wait hears it.
      held_.unlock();
      return true;
    }
    void await_resume() const {
      if (cut_short) throw_cancelled();
    }

   private:
    [[nodiscard]] const char* what() const noexcept override { return "condition.wait"; }

    condition& condition_;
    mutex::guard& held_;
  };

  class wait_awaitable {
   public:
    wait_awaitable(condition& awaited, mutex::guard& held) noexcept
        : condition_(&awaited), held_(&held) {}
    wait_awaiter operator co_await() const noexcept { return wait_awaiter(*condition_, *held_); }

   private:
    condition* condition_;
    mutex::guard* held_;
  };

  detail::wait_list waiters_;
  detail::thread_home home_;
};

}  // namespace tridem
