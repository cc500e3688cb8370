// SPDX-License-Identifier: MIT
// A coroutine frame written by hand, for a loop of awaits that stands inside an awaiter: whoever
// waits long in many places pays for no second frame.
#pragma once

#include <tridem/runtime/detail/promise.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>

namespace tridem::detail {

/// To be derived from. What it awaits resumes it like any other frame, and async stacks go through
/// it: it begins as the frames of both compilers do, with the functions that resume and destroy it,
/// and its promise follows. It may not move from `begin` to the end.
class placed_frame {
 public:
  placed_frame(const placed_frame&) = delete;
  placed_frame& operator=(const placed_frame&) = delete;

 protected:
  using code = void (*)(void* frame);
  /// @param resumed  Called with the address of this when what was awaited is there.
  explicit placed_frame(code resumed) noexcept : resume_(resumed) {}
  ~placed_frame() = default;

  /// It runs now, on behalf of `awaiting`.
  template <class Promise>
  void begin(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_.continuation = awaiting;
    promise_.line = awaiting.promise().line;
    if constexpr (async_stacks) promise_.line->resume_point = promise_.frame();
  }

  /// Suspends in `awaiter`. Where to go on meanwhile; null when there is nothing to wait for.
  template <class Awaiter>
  [[nodiscard]] std::coroutine_handle<> wait_in(
      Awaiter& awaiter, std::source_location here = std::source_location::current()) {
    if constexpr (async_stacks) promise_.where = here;
    if (awaiter.await_ready()) return {};
    const auto self = std::coroutine_handle<own_promise>::from_promise(promise_);
    using answer = decltype(awaiter.await_suspend(self));
    if constexpr (std::is_void_v<answer>) {
      awaiter.await_suspend(self);
      return std::noop_coroutine();
    } else if constexpr (std::is_same_v<answer, bool>) {
      if (!awaiter.await_suspend(self)) return {};
      return std::noop_coroutine();
    } else {
      return awaiter.await_suspend(self);
    }
  }

  /// The exception being handled leaves this frame.
  [[nodiscard]] std::exception_ptr failed() noexcept {
    std::exception_ptr error = std::current_exception();
    promise_.note(error);
    return error;
  }

  /// It has ended: who goes on.
  [[nodiscard]] std::coroutine_handle<> end() noexcept {
    if constexpr (async_stacks) promise_.line->resume_point = promise_.continuation;
    return transfer(*promise_.line, promise_.continuation);
  }

 private:
  struct own_promise : promise_base {
    void note(const std::exception_ptr& error) noexcept { note_failure(error); }
  };

  static constexpr std::size_t promise_offset = 2 * sizeof(code);
  static_assert(alignof(own_promise) <= promise_offset);

  [[maybe_unused]] code resume_;
  [[maybe_unused]] code destroy_ = [](void*) {};  // it goes with the frame in which it stands
  own_promise promise_;
};

}  // namespace tridem::detail
