// SPDX-License-Identifier: MIT
// shared_mutex: many readers or one writer, across awaits.
#pragma once

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

#include <cstddef>
#include <utility>

namespace tridem {

/// A readers-writer lock between tasks of one loop. First come, first served in both kinds, so that
/// neither readers nor writers starve: a reader that comes after a waiting writer waits too.
///
/// Threads: the loop's thread only.
class shared_mutex {
 public:
  /// A lock held, of either kind; unlocks when it goes.
  class [[nodiscard("the lock is given back when this object goes: keep it")]] guard {
   public:
    guard(shared_mutex& held, bool exclusive) noexcept : held_(&held), exclusive_(exclusive) {}
    guard(guard&& other) noexcept
        : held_(std::exchange(other.held_, nullptr)), exclusive_(other.exclusive_) {}
    guard& operator=(guard&& other) noexcept {
      guard old(std::move(other));
      std::swap(held_, old.held_);
      std::swap(exclusive_, old.exclusive_);
      return *this;
    }
    ~guard() { unlock(); }
    /// Unlocks early.
    void unlock() noexcept {
      if (held_ != nullptr) std::exchange(held_, nullptr)->release(exclusive_);
    }

   private:
    shared_mutex* held_;
    bool exclusive_;
  };

  shared_mutex() = default;
  shared_mutex(const shared_mutex&) = delete;
  shared_mutex& operator=(const shared_mutex&) = delete;

  [[nodiscard]] bool is_locked() const noexcept { return written_ || readers_ > 0; }

  class lock_awaiter;
  class [[nodiscard]] lock_awaitable {
   public:
    lock_awaitable(shared_mutex& wanted, bool exclusive) noexcept
        : wanted_(&wanted), exclusive_(exclusive) {}
    lock_awaiter operator co_await() const noexcept;

   private:
    shared_mutex* wanted_;
    bool exclusive_;
  };

  /// Waits until nobody else holds it: `auto guard = co_await m.lock();`
  ///
  /// Cancellation: at once; a lock that was handed over already is delivered. Cost: no allocation.
  lock_awaitable lock() noexcept { return {*this, true}; }
  /// Waits until no writer holds it or waits before: `auto guard = co_await m.lock_shared();`
  lock_awaitable lock_shared() noexcept { return {*this, false}; }

 private:
  [[nodiscard]] bool try_take(bool exclusive) noexcept {
    home_.check("shared_mutex::lock");
    if (written_ || (exclusive && readers_ > 0)) return false;
    if (exclusive) {
      written_ = true;
    } else {
      ++readers_;
    }
    return true;
  }
  void release(bool exclusive) noexcept {
    home_.check("shared_mutex::unlock");
    if (exclusive) {
      written_ = false;
    } else {
      --readers_;
    }
    serve();
  }
  void serve() noexcept;

  detail::wait_list waiters_;
  std::size_t readers_ = 0;
  detail::thread_home home_;
  bool written_ = false;
};

class shared_mutex::lock_awaiter final : public detail::list_waiter {
 public:
  lock_awaiter(shared_mutex& wanted, bool exclusive) noexcept
      : exclusive_(exclusive), wanted_(wanted) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    cut_short = detail::cancelled_at(awaiting);
    if (cut_short) return false;
    if (wanted_.waiters_.empty() && wanted_.try_take(exclusive_)) return false;
    wanted_.waiters_.add(*this, awaiting);
    return true;
  }
  guard await_resume() const {
    if (cut_short) throw_cancelled();
    return guard(wanted_, exclusive_);
  }
  // A writer that gives up may have been all that held back the readers behind it.
  void request_cancel() noexcept override {
    list_waiter::request_cancel();
    wanted_.serve();
  }

 private:
  friend shared_mutex;
  [[nodiscard]] const char* what() const noexcept override {
    return exclusive_ ? "shared_mutex.lock" : "shared_mutex.lock_shared";
  }

  const bool exclusive_;
  shared_mutex& wanted_;
};

inline void shared_mutex::serve() noexcept {
  while (!waiters_.empty() && try_take(static_cast<lock_awaiter&>(waiters_.front()).exclusive_)) {
    waiters_.complete_front();
  }
}

inline shared_mutex::lock_awaiter shared_mutex::lock_awaitable::operator co_await() const noexcept {
  return lock_awaiter(*wanted_, exclusive_);
}

}  // namespace tridem
