// SPDX-License-Identifier: MIT
// The promise of task<T>: how a frame starts, who it returns to, and what its async stack needs.
#pragma once

#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/detail/loop_core.hpp>
#include <tridem/runtime/detail/result_slot.hpp>

#include <bit>
#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace tridem {
template <class T>
class task;
}

namespace tridem::detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

/// What a std::source_location is made of. As a default argument of an await it is a plain pointer;
/// a source_location would be a temporary, for which g++ keeps eight bytes in the frame for each
/// await.
using here_t = decltype(__builtin_source_location());
static_assert(sizeof(here_t) == sizeof(std::source_location));

/// What all frames of a strand share, whatever they return.
///
/// `where` is written at each await and the parents form a chain: together they are the async
/// stack, and cost three stores an await. Texts are made only when somebody asks.
class promise_base {
 public:
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      promise_base& ended = self.promise();
      if (!ended.continuation) {
        // Whoever collects the result finds it by this.
        if constexpr (!async_stacks) ended.line->resume_point = self;
        return ended.line->finished();
      }
      if constexpr (async_stacks) ended.line->resume_point = ended.continuation;
#if defined(__clang__)
      return ended.continuation;  // clang makes every symmetric transfer a tail call
#else
      return transfer(*ended.line, ended.continuation);
#endif
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }

  /// Notes where the frame waits, and turns the awaitable into its awaiter.
  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable, here_t here = __builtin_source_location()) {
    if constexpr (async_stacks) where = std::bit_cast<std::source_location>(here);
    if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
      return std::forward<Awaitable>(awaitable).operator co_await();
    } else if constexpr (requires { awaitable.await_ready(); }) {
      // g++ 12 copies an awaiter that is returned by reference, so a plain awaiter is moved into
      // the frame.
      return std::decay_t<Awaitable>(std::forward<Awaitable>(awaitable));
    } else {
      static_assert(!is_task<std::remove_cvref_t<Awaitable>>,
                    "tridem: awaiting a task consumes it: write co_await std::move(t), or use "
                    "create_task for a result that many can await");
      static_assert(
          is_task<std::remove_cvref_t<Awaitable>>,
          "tridem: this type cannot be awaited: it has neither operator co_await nor await_ready");
      return std::suspend_never();
    }
  }

  /// The promise in `frame`, whatever it returns. It follows from the address, because every
  /// promise begins with this part and no promise asks for more alignment than a frame has.
  [[nodiscard]] static promise_base& at(std::coroutine_handle<> frame) noexcept {
    return std::coroutine_handle<promise_base>::from_address(frame.address()).promise();
  }
  /// The frame that this promise stands in.
  [[nodiscard]] std::coroutine_handle<> frame() const noexcept {
    return std::coroutine_handle<promise_base>::from_promise(const_cast<promise_base&>(*this));
  }
  /// The frame that awaits this one; null for the outermost one of a strand.
  [[nodiscard]] promise_base* parent() const noexcept {
    return continuation ? &at(continuation) : nullptr;
  }
  /// The same, also when that is in another strand; null at the root of the task.
  [[nodiscard]] const promise_base* outer() const noexcept {
    return continuation ? &at(continuation) : line->awaited_by();
  }

  std::coroutine_handle<> continuation;  ///< The frame that awaits this one.
  strand* line = nullptr;                ///< The strand that runs this frame.
  std::source_location where;            ///< The await at which it stands, or stood last.

 protected:
  promise_base() = default;
  ~promise_base() = default;

  /// Remembers the async stack of the exception being handled, once per exception object.
  void note_failure(const std::exception_ptr& error) noexcept;
};

inline promise_base* strand::leaf() const noexcept {
  return resume_point ? &promise_base::at(resume_point) : nullptr;
}

template <class T>
class promise : public promise_base {
 public:
  task<T> get_return_object() noexcept;

  template <class U = T>
    requires(!std::is_reference_v<T> && std::is_constructible_v<T, U>)
  void return_value(U&& value) {
    result.set_value(std::forward<U>(value));
  }
  void return_value(T value)
    requires std::is_reference_v<T>
  {
    result.set_value(std::addressof(value));
  }
  void unhandled_exception() noexcept {
    result.set_error(std::current_exception());
    note_failure(result.error());
  }

  result_slot<T> result;
};

template <>
class promise<void> : public promise_base {
 public:
  task<void> get_return_object() noexcept;
  void return_void() noexcept { result.set_value(); }
  void unhandled_exception() noexcept {
    result.set_error(std::current_exception());
    note_failure(result.error());
  }

  result_slot<void> result;
};

}  // namespace tridem::detail
