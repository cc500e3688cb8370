// SPDX-License-Identifier: MIT
// retry and limit: the two decorators that most calls to the outside world need.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/callable_guard.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace tridem {

/// How often and how patiently to try again. Trivial: it may stand inside a co_await expression.
struct retry_policy {
  /// Calls at most, 1 or more.
  unsigned attempts = 3;
  /// The pause after the first failure; each later one is `factor` times as long, at most
  /// `longest_pause`.
  duration first_pause = std::chrono::milliseconds(100);
  double factor = 2.0;
  duration longest_pause = std::chrono::seconds(30);
  /// Each pause is made up to this share shorter, at random, so that many who failed together do
  /// not return together.
  double jitter = 0.25;
};

namespace detail {

/// Waits before attempt `number` + 1; notes the failure when there will be none.
task<> pause_after_failure(retry_policy policy, unsigned number, std::exception_ptr failure);

template <class R, class F, class Worth>
task<R> run_with_retries(retry_policy policy, F f, Worth worth) {
  for (unsigned number = 1;; ++number) {
    std::exception_ptr failure;
    try {
      co_return co_await f();
    } catch (const std::exception& error) {
      failure = std::current_exception();
      if (!worth(error)) throw;
    }
    co_await pause_after_failure(policy, number, std::move(failure));
  }
}

template <class R, class F, class... Args>
task<R> run_with_permit(std::shared_ptr<semaphore> room, F f, Args... args) {
  auto permit = co_await room->acquire();
  co_return co_await f(std::move(args)...);
}

}  // namespace detail

/// Awaits `f()`, and again after a pause when it throws, as the policy says. In the same task:
/// name, scope and deadline stay.
///
/// @param f      Returns something awaitable, freshly at each call; kept alive until the end.
/// @param worth  Called with the `const std::exception&`; false: not worth another try. By default
/// every failure is. Errors:       the last failure, with a note of how many attempts were made.
/// Cancellation: that of `f` and of the pauses; `cancelled` is never retried.
template <class F, class Worth>
auto retry(retry_policy policy, F&& f, Worth worth) {
  TRIDEM_GUARD_CALLABLE(F);
  using value = awaited_t<std::invoke_result_t<std::decay_t<F>&>>;
  return detail::run_with_retries<value, std::decay_t<F>, Worth>(policy, std::forward<F>(f),
                                                                 std::move(worth));
}
template <class F>
auto retry(retry_policy policy, F&& f) {
  return retry(policy, std::forward<F>(f), [](const std::exception&) { return true; });
}

/// A callable of which at most `bound` calls run at once: `auto fetch_few = limit(8, fetch);
/// co_await fetch_few(url)`.
///
/// Copies share the bound. Further calls wait their turn, in the order in which they are awaited;
/// arguments are kept by value. Threads: one loop's thread. Cost: one frame more for each call.
template <class F>
class limited {
 public:
  limited(std::size_t bound, F f) : room_(std::make_shared<semaphore>(bound)), f_(std::move(f)) {}

  template <class... Args>
  auto operator()(Args&&... args) const {
    using value = awaited_t<std::invoke_result_t<F, std::decay_t<Args>...>>;
    return detail::run_with_permit<value, F, std::decay_t<Args>...>(room_, f_,
                                                                    std::forward<Args>(args)...);
  }
  /// Calls that could begin at once.
  [[nodiscard]] std::size_t available() const noexcept { return room_->available(); }

 private:
  std::shared_ptr<semaphore> room_;
  F f_;
};

template <class F>
limited<std::decay_t<F>> limit(std::size_t bound, F&& f) {
  return limited<std::decay_t<F>>(bound, std::forward<F>(f));
}

}  // namespace tridem
