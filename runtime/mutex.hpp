// SPDX-License-Identifier: MIT
// mutex: one task at a time, across awaits.
#pragma once

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

#include <utility>

namespace tridem {

/// Mutual exclusion between tasks of one loop; first come, first served. Only needed where the
/// protected part awaits.
///
/// Threads: the loop's thread only; it protects nothing from other threads.
class mutex {
 public:
  /// The lock held; unlocks when it goes.
  class [[nodiscard("the mutex is unlocked when this object goes: keep it")]] guard {
   public:
    explicit guard(mutex& held) noexcept : held_(&held) {}
    guard(guard&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    guard& operator=(guard&& other) noexcept {
      guard old(std::move(other));
      std::swap(held_, old.held_);
      return *this;
    }
    ~guard() { unlock(); }
    /// Unlocks early.
    void unlock() noexcept {
      if (held_ != nullptr) std::exchange(held_, nullptr)->unlock();
    }
    [[nodiscard]] bool owns_lock() const noexcept { return held_ != nullptr; }
    /// The mutex it holds; it must hold one.
    [[nodiscard]] tridem::mutex& locked() const noexcept { return *held_; }

   private:
    mutex* held_;
  };

  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  [[nodiscard]] bool is_locked() const noexcept { return locked_; }
  /// Locks without waiting and without a guard: pair it with `unlock`. False when it is locked.
  [[nodiscard]] bool try_lock() noexcept {
    home_.check("mutex::try_lock");
    return !std::exchange(locked_, true);
  }
  /// Hands the lock to the first who waits, or opens it. Aborts when it is not locked.
  void unlock() noexcept {
    home_.check("mutex::unlock");
    TRIDEM_ASSERT(locked_, "mutex::unlock was called on a mutex that is not locked");
    if (waiters_.empty()) {
      locked_ = false;
    } else {
      waiters_.complete_front();  // stays locked: the lock changes hands
    }
  }

  class lock_awaiter;
  class [[nodiscard]] lock_awaitable {
   public:
    explicit lock_awaitable(mutex& wanted) noexcept : wanted_(&wanted) {}
    lock_awaiter operator co_await() const noexcept;

   private:
    mutex* wanted_;
  };

  /// Waits for the lock: `auto guard = co_await m.lock();`
  ///
  /// Cancellation: at once; a lock that was handed over already is delivered. Cost: no allocation.
  lock_awaitable lock() noexcept { return lock_awaitable(*this); }

 private:
  detail::wait_list waiters_;
  detail::thread_home home_;
  bool locked_ = false;
};

class mutex::lock_awaiter final : public detail::list_waiter {
 public:
  explicit lock_awaiter(mutex& wanted) noexcept : wanted_(wanted) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    cut_short = detail::cancelled_at(awaiting);
    if (cut_short || wanted_.try_lock()) return false;
    wanted_.waiters_.add(*this, awaiting);
    return true;
  }
  guard await_resume() const {
    if (cut_short) throw_cancelled();
    return guard(wanted_);
  }

 private:
  [[nodiscard]] const char* what() const noexcept override { return "mutex.lock"; }

  mutex& wanted_;
};

inline mutex::lock_awaiter mutex::lock_awaitable::operator co_await() const noexcept {
  return lock_awaiter(*wanted_);
}

}  // namespace tridem
