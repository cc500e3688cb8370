// SPDX-License-Identifier: MIT
// A read of a buffered stream: at once when the buffer has what is wanted, and only else by reading
// from the stream.
#pragma once

#include <tridem/io/detail/buffered_fill.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// `Want` knows the stream, `self`, and has `find()`, where in the buffer the wanted ends, or
/// `none`; `what()`, the same in words for who reads until it is there; `take(length)`, the value.
template <class Want>
class [[nodiscard("a read does nothing until it is awaited")]] buffered_read {
 public:
  explicit buffered_read(Want want) noexcept : want_(std::move(want)) {}
  buffered_read(buffered_read&&) noexcept = default;

  class awaiter {
   public:
    explicit awaiter(Want&& want) noexcept : want_(std::move(want)) {}
    awaiter(const awaiter&) = delete;
    ~awaiter() {
      if (way_ == way::fills) std::destroy_at(&fill_);
      if (way_ == way::in_time) std::destroy_at(&in_time_);
    }

    bool await_ready() {
      length_ = want_.find();
      return length_ != byte_buffer::none;
    }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) {
      buffered& from = *want_.self;
      if (buffered_access::has_time_limit(from)) [[unlikely]] {
        auto reading = buffered_access::until_timeout(from, want_.what());
        std::construct_at(&in_time_, reading.release());
        way_ = way::in_time;
        return in_time_.await_suspend(awaiting);
      }
      const time_point end =
          after(event_loop::current().now(), buffered_access::limit_of_stream(from));
      std::construct_at(&fill_, from, want_.what(), end);
      way_ = way::fills;
      return fill_.await_suspend(awaiting);
    }
    auto await_resume() {
      switch (way_) {
        case way::at_hand:
          return want_.take(length_);
        case way::fills:
          return want_.take(fill_.await_resume());
        case way::in_time:
          return want_.take(in_time_.await_resume());
      }
      __builtin_unreachable();
    }

   private:
    using buffered = std::remove_pointer_t<decltype(Want::self)>;
    enum class way : unsigned char { at_hand, fills, in_time };

    Want want_;
    way way_ = way::at_hand;
    union {
      std::size_t length_;
      buffered_fill<buffered> fill_;
      task<std::size_t>::awaiter in_time_;
    };
  };
  awaiter operator co_await() && noexcept { return awaiter(std::move(want_)); }

 private:
  Want want_;
};

}  // namespace tridem::detail
