// SPDX-License-Identifier: MIT
// A job of a thread pool: the node in the awaiting frame, and the call that it stands for.
//
// Its path:  node in the caller's frame -> work queue -> a thread runs it -> inbox -> resume.
#pragma once

#include <tridem/pool/detail/pool_wait.hpp>
#include <tridem/pool/thread_pool_options.hpp>
#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/callable_guard.hpp>
#include <tridem/runtime/detail/result_slot.hpp>
#include <tridem/runtime/detail/throw_probe.hpp>

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace tridem::detail {

/// What the threads know of a job.
class thread_job : public pool_wait {
 public:
  /// Calls the function and keeps what it gives. Runs on a thread of the pool.
  virtual void execute() noexcept = 0;

  /// Asks the function to stop; its state stays alive as long as the copy. Threads: any.
  [[nodiscard]] const std::optional<std::stop_source>& stopper() const noexcept { return stopper_; }
  /// The CPU of the thread that runs the job, for those who decide whether to spin. Threads: that
  /// thread.
  void runs_on(int cpu) noexcept;

  void describe(char* out, std::size_t size) const noexcept override;

  const bool is_urgent;  ///< Goes before those that are not.

 protected:
  thread_job(thread_crew& crew, job_options how) noexcept
      : pool_wait(crew), is_urgent(how.urgent) {}
  ~thread_job() = default;

  [[nodiscard]] bool enqueue(thread_crew& crew) noexcept final;
  [[nodiscard]] bool withdraw(thread_crew& crew) noexcept final;
  void begun(event_loop& home) noexcept final;
  void ended() noexcept final;
  void stop_running() noexcept final {
    if (stopper_) stopper_->request_stop();
  }

  /// Keeps the native stack of what the job threw. Threads: the one that ran it.
  void keep_calls(std::span<void* const> calls);
  /// Puts what was kept, and the job, before the awaits of `error`. Either `code` or `type` says
  /// what the job was. Threads: the loop's.
  void add_origins(const std::exception_ptr& error, const void* code,
                   const std::type_info& type) const noexcept;

  std::optional<std::stop_source> stopper_;  // for a callable that takes a stop_token, else empty

 private:
  thread_waits* waits_ = nullptr;  // of the loop
  std::unique_ptr<std::vector<void*>> calls_of_throw_;
};

/// A job waits for a thread of the crew. Threads: any.
[[nodiscard]] bool has_queued(const thread_crew& crew) noexcept;

/// A callable gets a stop token when it cannot be called without one.
template <class F, class... Args>
inline constexpr bool wants_stop_token =
    !std::is_invocable_v<F, Args...> && std::is_invocable_v<F, std::stop_token, Args...>;

template <bool WithToken, class F, class... Args>
struct job_result {
  using type = std::invoke_result_t<F, Args...>;
};
template <class F, class... Args>
struct job_result<true, F, Args...> {
  using type = std::invoke_result_t<F, std::stop_token, Args...>;
};

/// What `f(args...)` gives on a thread; callable and arguments are passed as rvalues of copies.
template <class F, class... Args>
using job_result_t = typename job_result<wants_stop_token<std::decay_t<F>, std::decay_t<Args>...>,
                                         std::decay_t<F>, std::decay_t<Args>...>::type;

/// The awaiter of `submit`.
template <class R, class F, class... Args>
class thread_call_awaiter final : public thread_job {
 public:
  thread_call_awaiter(thread_crew& crew, job_options how, std::tuple<F, Args...>&& call)
      : thread_job(crew, how), call_(std::move(call)) {
    if constexpr (wants_stop_token<F, Args...>) stopper_.emplace();
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    return begin(awaiting);
  }
  R await_resume() {
    if (was_cut_short()) throw_cancelled();
    if (result_.has_error()) [[unlikely]]
      add_origins(result_.error(), code(), typeid(F));
    return result_.take();
  }

  void execute() noexcept override {
    const throw_watch watch;
    try {
      if constexpr (std::is_void_v<R>) {
        call();
        result_.set_value();
      } else if constexpr (std::is_reference_v<R>) {
        result_.set_value(std::addressof(call()));
      } else {
        result_.set_value(call());
      }
    } catch (const throw_probe&) {
    } catch (...) {
      result_.set_error(std::current_exception());
      keep_calls(watch.calls());
    }
  }
  void refuse(std::exception_ptr why) noexcept override { result_.set_error(std::move(why)); }

 private:
  /// Of a plain function: its address says more than its type.
  [[nodiscard]] const void* code() const noexcept {
    if constexpr (std::is_pointer_v<F>) {
      return reinterpret_cast<const void*>(std::get<0>(call_));
    } else {
      return nullptr;
    }
  }
  R call() {
    // std::apply also calls members, and needs no <functional>.
    if constexpr (wants_stop_token<F, Args...>) {
      return std::apply(
          [this](F& f, Args&... args) -> R {
            return std::apply(std::move(f),
                              std::forward_as_tuple(stopper_->get_token(), std::move(args)...));
          },
          call_);
    } else {
      return std::apply(
          [](F& f, Args&... args) -> R {
            return std::apply(std::move(f), std::forward_as_tuple(std::move(args)...));
          },
          call_);
    }
  }

  std::tuple<F, Args...> call_;
  result_slot<R> result_;
};

/// What `submit` gives: a call that has not been made yet.
template <class R, class F, class... Args>
class [[nodiscard(
    "a job does nothing until it is awaited: co_await it, gather it, or create_task "
    "it")]] thread_call {
 public:
  using value_type = R;

  template <class G, class... As>
  explicit thread_call(thread_crew& crew, job_options how, G&& f, As&&... args)
      : crew_(&crew), how_(how), call_(std::forward<G>(f), std::forward<As>(args)...) {}
  thread_call(thread_call&&) = default;
  // User-provided: what g++ 12 destroys twice inside a co_await expression are aggregates and
  // closures.
  ~thread_call() {}

  thread_call_awaiter<R, F, Args...> operator co_await() && {
    return thread_call_awaiter<R, F, Args...>(*crew_, how_, std::move(call_));
  }

 private:
  thread_crew* crew_;
  job_options how_;
  std::tuple<F, Args...> call_;
};

template <class F, class... Args>
auto make_thread_call(thread_crew& crew, job_options how, F&& f, Args&&... args) {
  using function = std::decay_t<F>;
  static_assert(
      std::is_invocable_v<function, std::decay_t<Args>...> ||
          std::is_invocable_v<function, std::stop_token, std::decay_t<Args>...>,
      "tridem: the callable cannot be called with these arguments. They are passed as "
      "rvalues of copies: take them by value or const&, and use std::ref for a reference");
  using result = job_result_t<F, Args...>;
  static_assert(!awaitable<result>,
                "tridem: a thread runs plain functions; a coroutine belongs to the loop: await it "
                "there, or use create_task");
  return thread_call<result, function, std::decay_t<Args>...>(crew, how, std::forward<F>(f),
                                                              std::forward<Args>(args)...);
}

}  // namespace tridem::detail
