// SPDX-License-Identifier: MIT
// generator<T>: values made one at a time by a coroutine that never awaits; a range for plain
// loops.
#pragma once

#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/allocator_arg_traits.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace tridem {

/// A lazy sequence: `for (int x : count_to(3))`. The body runs between two steps of the loop, with
/// `co_yield`.
///
/// Move-only; can be walked once. For sources that await see `async_generator`.
/// Errors:  what the body throws is thrown at `begin()` or `++`.
/// Threads: any one at a time. Cost: one recycled frame.
template <class T>
class [[nodiscard]] generator {
 public:
  class promise_type {
   public:
    static void* operator new(std::size_t size) { return detail::allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept {
      detail::free_frame(frame, size);
    }
    generator get_return_object() noexcept {
      return generator(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    template <class U>
    std::suspend_always yield_value(U&& value) {
      value_.emplace(std::forward<U>(value));
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept {
      error_ = std::current_exception();
      detail::add_origin(error_,
                         detail::function_of_frame(
                             std::coroutine_handle<promise_type>::from_promise(*this).address()));
    }
    void await_transform() = delete;  // a plain generator cannot await: use async_generator

   private:
    friend generator;
    std::optional<T> value_;
    std::exception_ptr error_;
  };

  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;
    explicit iterator(generator& source) noexcept : source_(&source) {}
    T& operator*() const noexcept { return *source_->frame_.promise().value_; }
    iterator& operator++() {
      source_->advance();
      return *this;
    }
    void operator++(int) { source_->advance(); }
    bool operator==(std::default_sentinel_t) const noexcept { return source_->frame_.done(); }

   private:
    generator* source_ = nullptr;
  };

  generator(generator&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  generator& operator=(generator&& other) noexcept {
    generator old(std::move(other));
    std::swap(frame_, old.frame_);
    return *this;
  }
  ~generator() {
    if (frame_) frame_.destroy();
  }

  /// Runs to the first value.
  iterator begin() {
    TRIDEM_ASSERT(frame_ && !begun_, "a generator was walked twice, or after it was moved from");
    begun_ = true;
    advance();
    return iterator(*this);
  }
  std::default_sentinel_t end() const noexcept { return {}; }

  /// The next value, null at the end; for loops that stop and go on.
  T* next() {
    TRIDEM_ASSERT(frame_, "next() was called on a generator that was moved from");
    begun_ = true;
    if (!frame_.done()) advance();
    return frame_.done() ? nullptr : std::addressof(*frame_.promise().value_);
  }

 private:
  explicit generator(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  void advance() {
    frame_.promise().value_.reset();
    frame_.resume();
    if (std::exception_ptr error = std::exchange(frame_.promise().error_, nullptr)) {
      std::rethrow_exception(std::move(error));
    }
  }

  std::coroutine_handle<promise_type> frame_;
  bool begun_ = false;
};

}  // namespace tridem

// With an allocator in front of the parameters, or behind the object: see allocator_arg.hpp.
template <class T, class Allocator, class... Parameters>
struct std::coroutine_traits<tridem::generator<T>, std::allocator_arg_t, Allocator, Parameters...> {
  using promise_type =
      tridem::detail::allocated_promise_for<typename tridem::generator<T>::promise_type, Allocator>;
};
template <class T, class Object, class Allocator, class... Parameters>
struct std::coroutine_traits<tridem::generator<T>, Object, std::allocator_arg_t, Allocator,
                             Parameters...> {
  using promise_type =
      tridem::detail::allocated_promise_for<typename tridem::generator<T>::promise_type, Allocator>;
};
