// SPDX-License-Identifier: MIT
// semaphore: at most so many at once.
#pragma once

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

#include <cstddef>
#include <utility>

namespace tridem {

/// A number of permits shared by tasks of one loop; first come, first served.
///
/// Threads: the loop's thread only.
class semaphore {
 public:
  /// A permit held; gives it back when it goes.
  class [[nodiscard("the permit is given back when this object goes: keep it")]] permit {
   public:
    explicit permit(semaphore& from) noexcept : from_(&from) {}
    permit(permit&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
    permit& operator=(permit&& other) noexcept {
      permit old(std::move(other));
      std::swap(from_, old.from_);
      return *this;
    }
    ~permit() { release(); }
    /// Gives the permit back early.
    void release() noexcept {
      if (from_ != nullptr) std::exchange(from_, nullptr)->release();
    }

   private:
    semaphore* from_;
  };

  explicit semaphore(std::size_t permits) noexcept : free_(permits) {}
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  [[nodiscard]] std::size_t available() const noexcept { return free_; }
  /// Takes a permit without waiting and without a guard: pair it with `release`. False when none is
  /// free.
  [[nodiscard]] bool try_acquire() noexcept {
    home_.check("semaphore::try_acquire");
    if (free_ == 0) return false;
    --free_;
    return true;
  }
  /// Gives a permit to the first who waits, or keeps it.
  void release() noexcept {
    home_.check("semaphore::release");
    if (waiters_.empty()) {
      ++free_;
    } else {
      waiters_.complete_front();
    }
  }

  class acquire_awaiter;
  class [[nodiscard]] acquire_awaitable {
   public:
    explicit acquire_awaitable(semaphore& from) noexcept : from_(&from) {}
    acquire_awaiter operator co_await() const noexcept;

   private:
    semaphore* from_;
  };

  /// Waits for a permit: `auto permit = co_await s.acquire();`
  ///
  /// Cancellation: at once; a permit that was handed over already is delivered. Cost: no
  /// allocation.
  acquire_awaitable acquire() noexcept { return acquire_awaitable(*this); }

 private:
  detail::wait_list waiters_;
  detail::thread_home home_;
  std::size_t free_;
};

class semaphore::acquire_awaiter final : public detail::list_waiter {
 public:
  explicit acquire_awaiter(semaphore& from) noexcept : from_(from) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    cut_short = detail::cancelled_at(awaiting);
    if (cut_short || from_.try_acquire()) return false;
    from_.waiters_.add(*this, awaiting);
    return true;
  }
  permit await_resume() const {
    if (cut_short) throw_cancelled();
    return permit(from_);
  }

 private:
  [[nodiscard]] const char* what() const noexcept override { return "semaphore.acquire"; }

  semaphore& from_;
};

inline semaphore::acquire_awaiter semaphore::acquire_awaitable::operator co_await() const noexcept {
  return acquire_awaiter(*from_);
}

}  // namespace tridem
