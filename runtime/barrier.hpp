// SPDX-License-Identifier: MIT
// barrier: a fixed number of tasks meet, and go on together.
#pragma once

#include <tridem/runtime/detail/wait_list.hpp>

#include <cstddef>

namespace tridem {

/// Lets tasks go on only when `parties` of them have arrived; then it starts over for the next
/// round.
///
/// Threads: the loop's thread only.
class barrier {
 public:
  /// @param parties  Tasks to a round, at least 1.
  explicit barrier(std::size_t parties) : parties_(parties) {
    TRIDEM_ASSERT(parties > 0, "a barrier needs at least 1 party");
  }
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;

  [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
  /// How many wait for the rest.
  [[nodiscard]] std::size_t waiting() const noexcept { return arrived_; }

  class arrive_awaiter;
  class [[nodiscard]] arrive_awaitable {
   public:
    explicit arrive_awaitable(barrier& met) noexcept : met_(&met) {}
    arrive_awaiter operator co_await() const noexcept;

   private:
    barrier* met_;
  };

  /// Arrives, and waits until all have. Gives the position of arrival, 0 to parties - 1; exactly
  /// one task gets 0.
  ///
  /// Cancellation: takes the arrival back; once the last one has arrived, the wait has completed.
  /// Cost: no allocation.
  arrive_awaitable arrive_and_wait() noexcept { return arrive_awaitable(*this); }

 private:
  detail::wait_list waiters_;
  const std::size_t parties_;
  std::size_t arrived_ = 0;
};

class barrier::arrive_awaiter final : public detail::list_waiter {
 public:
  explicit arrive_awaiter(barrier& met) noexcept : met_(met) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    cut_short = detail::cancelled_at(awaiting);
    if (cut_short) return false;
    position_ = met_.arrived_++;
    if (met_.arrived_ == met_.parties_) {
      met_.arrived_ = 0;
      while (!met_.waiters_.empty()) met_.waiters_.complete_front();
      return false;
    }
    met_.waiters_.add(*this, awaiting);
    return true;
  }
  std::size_t await_resume() const {
    if (cut_short) throw_cancelled();
    return position_;
  }
  void request_cancel() noexcept override {
    --met_.arrived_;
    list_waiter::request_cancel();
  }

 private:
  [[nodiscard]] const char* what() const noexcept override { return "barrier"; }

  barrier& met_;
  std::size_t position_ = 0;
};

inline barrier::arrive_awaiter barrier::arrive_awaitable::operator co_await() const noexcept {
  return arrive_awaiter(*met_);
}

}  // namespace tridem
