// SPDX-License-Identifier: MIT
// async_generator<T>: values made one at a time by a coroutine that may await between them.
#pragma once

#include <tridem/runtime/detail/allocator_arg_traits.hpp>
#include <tridem/runtime/detail/promise.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace tridem {

/// A lazy sequence whose source awaits: `while (auto* x = co_await g.next()) use(*x);`
///
/// The body runs only while `next` is awaited, in the strand of the awaiting task, so cancelling
/// the consumer cancels the body's await, and async stacks run through it. Dropping a generator
/// between two values destroys its frame: destructors run, awaits do not. A scope
/// (with_cancel_scope, a task group) must not be left open across a `co_yield`: it aborts.
///
/// Threads: the loop that first awaits it. Cost: one recycled frame; a value costs about one await.
template <class T>
class [[nodiscard]] async_generator {
 public:
  using value_type = T;

  class promise_type : public detail::promise_base {
   public:
    async_generator get_return_object() noexcept {
      return async_generator(std::coroutine_handle<promise_type>::from_promise(*this));
    }

    /// Hands the value over and goes back to whoever awaits `next`.
    class yield_awaiter {
     public:
      bool await_ready() const noexcept { return false; }
      template <class Promise>
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<Promise> yielding) const noexcept {
        promise_type& self = yielding.promise();
        TRIDEM_ASSERT(self.line->scope == self.scope_of_next_,
                      "an async_generator yielded inside a cancel scope or task group of its own; "
                      "close it before co_yield: the consumer is not part of it");
        self.awaited_ = false;
        if constexpr (detail::async_stacks) self.line->resume_point = self.continuation;
        return detail::transfer(*self.line, self.continuation);
      }
      void await_resume() const noexcept {}
    };
    template <class U>
    yield_awaiter yield_value(U&& value) {
      value_.emplace(std::forward<U>(value));
      return {};
    }
    void return_void() noexcept { awaited_ = false; }
    void unhandled_exception() noexcept {
      awaited_ = false;
      error_ = std::current_exception();
      note_failure(error_);
    }

   private:
    friend async_generator;
    std::optional<T> value_;
    std::exception_ptr error_;
    detail::scope_node* scope_of_next_ = nullptr;
    bool awaited_ = false;
  };

  async_generator() noexcept = default;
  async_generator(async_generator&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)) {}
  async_generator& operator=(async_generator&& other) noexcept {
    async_generator old(std::move(other));
    std::swap(frame_, old.frame_);
    return *this;
  }
  ~async_generator() {
    if (frame_) frame_.destroy();
  }

  class next_awaiter {
   public:
    explicit next_awaiter(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    next_awaiter(const next_awaiter&) = delete;
    bool await_ready() const noexcept { return frame_.done(); }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      detail::promise_base& parent = awaiting.promise();
      promise_type& child = frame_.promise();
      TRIDEM_ASSERT(!child.awaited_,
                    "next() of an async_generator was awaited while another next() is under way");
      child.awaited_ = true;
      child.continuation = awaiting;
      child.line = parent.line;
      if constexpr (detail::async_stacks) child.line->resume_point = frame_;
      child.scope_of_next_ = parent.line->scope;
      child.value_.reset();
      return detail::transfer(*parent.line, frame_);
    }
    T* await_resume() {
      promise_type& child = frame_.promise();
      if (child.error_ != nullptr) std::rethrow_exception(std::exchange(child.error_, nullptr));
      return child.value_ ? std::addressof(*child.value_) : nullptr;
    }

   private:
    std::coroutine_handle<promise_type> frame_;
  };
  class [[nodiscard]] next_awaitable {
   public:
    explicit next_awaitable(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
    next_awaiter operator co_await() const noexcept { return next_awaiter(frame_); }

   private:
    std::coroutine_handle<promise_type> frame_;
  };

  /// Runs the body to its next `co_yield`. Gives the value, valid until the next `next`; null at
  /// the end.
  ///
  /// Errors:        what the body throws; the generator has then ended. Aborts when another `next`
  /// is under way. Cancellation:  that of the awaits in the body. After `cancelled` came out of it,
  /// the generator has ended.
  next_awaitable next() noexcept {
    TRIDEM_ASSERT(frame_, "next() was called on an async_generator that is empty or moved from");
    return next_awaitable(frame_);
  }

 private:
  explicit async_generator(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  std::coroutine_handle<promise_type> frame_;
};

}  // namespace tridem

// With an allocator in front of the parameters, or behind the object: see allocator_arg.hpp.
template <class T, class Allocator, class... Parameters>
struct std::coroutine_traits<tridem::async_generator<T>, std::allocator_arg_t, Allocator,
                             Parameters...> {
  using promise_type =
      tridem::detail::allocated_promise_for<typename tridem::async_generator<T>::promise_type,
                                            Allocator>;
};
template <class T, class Object, class Allocator, class... Parameters>
struct std::coroutine_traits<tridem::async_generator<T>, Object, std::allocator_arg_t, Allocator,
                             Parameters...> {
  using promise_type =
      tridem::detail::allocated_promise_for<typename tridem::async_generator<T>::promise_type,
                                            Allocator>;
};
