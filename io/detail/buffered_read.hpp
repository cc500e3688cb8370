// SPDX-License-Identifier: MIT
// A read of a buffered stream: at once when the buffer has what is wanted, and only else by a task.
#pragma once

#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace tridem::detail {

/// `Want` knows the stream: `find()` is where in the buffer the wanted ends, or `none`; `wait()` a
/// task that gives the same once it is there, or `none` when the stream has ended; `take(length)`
/// the value.
template <class Want>
class [[nodiscard("a read does nothing until it is awaited")]] buffered_read {
 public:
  static constexpr std::size_t none = std::string_view::npos;

  explicit buffered_read(Want want) noexcept : want_(std::move(want)) {}
  buffered_read(buffered_read&&) noexcept = default;

  class awaiter {
   public:
    explicit awaiter(Want&& want) noexcept : want_(std::move(want)) {}
    awaiter(const awaiter&) = delete;

    bool await_ready() {
      length_ = want_.find();
      return length_ != none;
    }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) {
      // In the place of the one that waits for nothing.
      std::construct_at(&waiting_, want_.wait().release());
      return waiting_.await_suspend(awaiting);
    }
    auto await_resume() {
      if (length_ == none) length_ = waiting_.await_resume();
      return want_.take(length_);
    }

   private:
    Want want_;
    std::size_t length_ = none;
    task<std::size_t>::awaiter waiting_{nullptr};
  };
  awaiter operator co_await() && noexcept { return awaiter(std::move(want_)); }

 private:
  Want want_;
};

}  // namespace tridem::detail
