// SPDX-License-Identifier: MIT
// task<T>: a lazy coroutine that owns its frame, runs when it is awaited, and resumes its awaiter
// when it ends.
#pragma once

#include <tridem/runtime/detail/allocator_arg_traits.hpp>
#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/promise.hpp>

namespace tridem {

/// A computation that will give a `T`, or throw. Nothing runs until it is awaited or handed to
/// `create_task`, `gather`, a group, or `run`.
///
/// Write one as a coroutine with this return type. Parameters taken by value live in its frame;
/// references must outlive it. Move-only; destroying one that never ran frees its frame.
///
/// A coroutine whose parameters begin with a std::allocator_arg_t and an allocator has its frame
/// from that: see runtime/allocator_arg.hpp.
///
/// Errors:        what the body throws is thrown at the `co_await`. Awaiting a task twice aborts.
/// Cancellation:  awaiting a task is not itself a check; the leaf waits inside it are.
/// Threads:       it runs on the loop of the task that awaits it, from the first line to the last,
/// in the same strand. Cost:          one recycled frame; about 10 ns for an await
/// (docs/benchmarks.md).
template <class T = void>
class [[nodiscard(
    "a task does nothing until it is awaited: co_await it, or create_task it")]] task {
 public:
  using promise_type = detail::promise<T>;
  using value_type = T;

  task() noexcept = default;
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    task old(std::move(other));
    std::swap(frame_, old.frame_);
    return *this;
  }
  ~task() {
    if (frame_) detail::drop_unawaited(frame_);
  }

  /// False for a task that was moved from, or awaited.
  [[nodiscard]] explicit operator bool() const noexcept { return frame_ != nullptr; }

  class awaiter {
   public:
    explicit awaiter(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    ~awaiter() {
      if (frame_) frame_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      detail::promise_base& parent = awaiting.promise();
      promise_type& child = frame_.promise();
      child.continuation = awaiting;
      child.line = parent.line;
      if constexpr (detail::async_stacks) child.line->resume_point = frame_;
      return detail::transfer(*parent.line, frame_);
    }
    T await_resume() { return frame_.promise().result.take(); }

   private:
    std::coroutine_handle<promise_type> frame_;
  };

  /// Starts the task in the awaiting strand.
  awaiter operator co_await() && noexcept {
    TRIDEM_ASSERT(frame_,
                  "a task was awaited that is empty: moved from, or awaited before; "
                  "a task can be awaited once, use create_task for a result that many can await");
    return awaiter(std::exchange(frame_, nullptr));
  }
  /// A named task is awaited as `co_await std::move(t)`: awaiting consumes it.
  void operator co_await() & = delete;

  /// Gives the frame to whoever will run it (library use).
  [[nodiscard]] std::coroutine_handle<promise_type> release() noexcept {
    return std::exchange(frame_, nullptr);
  }

 private:
  friend promise_type;
  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class T>
task<T> promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<promise<T>>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise<void>>::from_promise(*this));
}

}  // namespace detail
}  // namespace tridem

// With an allocator in front of the parameters, or behind the object: see allocator_arg.hpp.
template <class T, class Allocator, class... Parameters>
struct std::coroutine_traits<tridem::task<T>, std::allocator_arg_t, Allocator, Parameters...> {
  using promise_type = tridem::detail::allocated_promise_for<tridem::detail::promise<T>, Allocator>;
};
template <class T, class Object, class Allocator, class... Parameters>
struct std::coroutine_traits<tridem::task<T>, Object, std::allocator_arg_t, Allocator,
                             Parameters...> {
  using promise_type = tridem::detail::allocated_promise_for<tridem::detail::promise<T>, Allocator>;
};
