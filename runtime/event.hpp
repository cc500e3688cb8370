// SPDX-License-Identifier: MIT
// event: tasks wait until something has happened.
#pragma once

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

namespace tridem {

/// A flag that tasks of one loop can wait for. Level-triggered: while it is set, waiting returns at
/// once.
///
/// Threads: the loop's thread only; from elsewhere use `loop.call_soon_threadsafe([&] { e.set();
/// })`.
class event {
 public:
  event() = default;
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  /// Completes all who wait; they resume in a later step of this turn, first come first (shuffled
  /// in debug mode). Does nothing when set.
  void set() noexcept {
    home_.check("event::set");
    set_ = true;
    while (!waiters_.empty()) waiters_.complete_front();
  }
  /// Whoever waits from now on waits for the next `set`.
  void clear() noexcept {
    home_.check("event::clear");
    set_ = false;
  }
  [[nodiscard]] bool is_set() const noexcept { return set_; }

  class wait_awaiter;
  class [[nodiscard]] wait_awaitable {
   public:
    explicit wait_awaitable(event& awaited) noexcept : event_(&awaited) {}
    wait_awaiter operator co_await() const noexcept;

   private:
    event* event_;
  };

  /// Waits until the event is set.
  ///
  /// Cancellation: at once; a `set` that came first wins. Cost: no allocation.
  wait_awaitable wait() noexcept { return wait_awaitable(*this); }

 private:
  detail::wait_list waiters_;
  detail::thread_home home_;
  bool set_ = false;
};

class event::wait_awaiter final : public detail::list_waiter {
 public:
  explicit wait_awaiter(event& awaited) noexcept : event_(awaited) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    cut_short = detail::cancelled_at(awaiting);
    if (cut_short || event_.set_) return false;
    event_.waiters_.add(*this, awaiting);
    return true;
  }
  void await_resume() const {
    if (cut_short) throw_cancelled();
  }

 private:
  [[nodiscard]] const char* what() const noexcept override { return "event.wait"; }

  event& event_;
};

inline event::wait_awaiter event::wait_awaitable::operator co_await() const noexcept {
  return wait_awaiter(*event_);
}

}  // namespace tridem
