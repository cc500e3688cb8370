// SPDX-License-Identifier: MIT
// The loop of a buffered read that has to wait: read, look, read again.
#pragma once

#include <tridem/io/detail/buffered_failures.hpp>
#include <tridem/io/detail/buffered_wants.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/detail/placed_frame.hpp>
#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

namespace tridem::detail {

template <class Awaitable>
inline constexpr bool outlived_by_awaiter = is_task<Awaitable>;
template <class Op, class... Args>
inline constexpr bool outlived_by_awaiter<object_request<Op, Args...>> = true;

/// What is awaited, kept like the operand of a co_await expression: both parts, or only the awaiter
/// where that does not need the other.
template <class Awaitable>
struct awaited_in_place {
  template <class Ask>
  explicit awaited_in_place(Ask ask)
      : asked(ask()), awaiter(std::move(asked).operator co_await()) {}
  Awaitable asked;
  decltype(std::declval<Awaitable>().operator co_await()) awaiter;
};
template <class Awaitable>
  requires(outlived_by_awaiter<Awaitable>)
struct awaited_in_place<Awaitable> {
  template <class Ask>
  explicit awaited_in_place(Ask ask) : awaiter(ask().operator co_await()) {}
  decltype(std::declval<Awaitable>().operator co_await()) awaiter;
};
template <class Awaitable>
  requires(!has_member_co_await<Awaitable>)
struct awaited_in_place<Awaitable> {
  template <class Ask>
  explicit awaited_in_place(Ask ask) : awaiter(ask()) {}
  Awaitable awaiter;
};

/// Reads until the buffer has what is wanted. Gives where that ends, or `none` when the stream has
/// ended before. Every connection that waits has one of these.
template <class Buffered>
class buffered_fill final : placed_frame {
 public:
  static constexpr std::size_t none = byte_buffer::none;

  /// @param what  Borrowed.
  /// @param end   No read is begun after this.
  buffered_fill(Buffered& of, const wanted& what, time_point end) noexcept
      : placed_frame(&resume), of_(&of), what_(&what), end_(end) {}
  ~buffered_fill() {
    if (state_ == state::reads) std::destroy_at(&read_);
    if (state_ != state::idle) buffered_access::is_reading(*of_) = false;
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) {
    buffered_access::claim_reading(*of_);
    state_ = state::looks;
    begin(awaiting);
    look(buffered_access::input(*of_).size());
    return go_on();
  }
  std::size_t await_resume() {
    // Only now may others read: `place_` is true of the bytes as they are.
    buffered_access::is_reading(*of_) = false;
    state_ = state::idle;
    if (error_ != nullptr) std::rethrow_exception(std::move(error_));
    return place_;
  }

 private:
  using read = awaited_in_place<decltype(buffered_access::ask(std::declval<Buffered&>()))>;
  enum class state : unsigned char { idle, looks, reads, has_ended };

  static void resume(void* frame) {
    auto& self = *static_cast<buffered_fill*>(static_cast<placed_frame*>(frame));
    self.take();
    self.go_on().resume();
  }

  // Where to go on: in what is read, or back at who awaits this.
  std::coroutine_handle<> go_on() noexcept {
    while (state_ != state::has_ended) {
      try {
        if (const std::coroutine_handle<> meanwhile = start_read()) return meanwhile;
      } catch (...) {
        error_ = failed();
        break;
      }
      take();
    }
    return end();
  }

  std::coroutine_handle<> start_read() {
    const byte_buffer& in = buffered_access::input(*of_);
    if (event_loop::current().now() > end_) {
      throw_too_slow(what_->operation, in.size(), buffered_access::limit_of_stream(*of_));
    }
    std::construct_at(&read_, [this] { return buffered_access::ask(*of_); });
    state_ = state::reads;
    return wait_in(read_.awaiter);
  }

  // What was read.
  void take() noexcept {
    const std::size_t searched = buffered_access::input(*of_).size();
    try {
      const bool any = buffered_access::take_in(*of_, read_.awaiter.await_resume());
      end_read();
      if (any) return look(searched);
    } catch (...) {
      error_ = failed();
      end_read();
    }
    state_ = state::has_ended;
  }
  void end_read() noexcept {
    std::destroy_at(&read_);
    state_ = state::looks;
  }

  void look(std::size_t searched) noexcept {
    try {
      place_ = buffered_access::look_for(*of_, *what_, searched);
    } catch (...) {
      error_ = failed();
    }
    if (place_ != none || error_ != nullptr) state_ = state::has_ended;
  }

  Buffered* of_;
  const wanted* what_;
  time_point end_;
  std::size_t place_ = none;
  std::exception_ptr error_;
  state state_ = state::idle;
  union {
    read read_;
  };
};

/// The same, not yet begun: to be passed on.
template <class Buffered>
class filling {
 public:
  filling(Buffered& of, const wanted& what, time_point end) noexcept
      : of_(&of), what_(&what), end_(end) {}
  buffered_fill<Buffered> operator co_await() && noexcept {
    return buffered_fill<Buffered>(*of_, *what_, end_);
  }

 private:
  Buffered* of_;
  const wanted* what_;
  time_point end_;
};

}  // namespace tridem::detail
