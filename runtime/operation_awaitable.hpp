// SPDX-License-Identifier: MIT
// What an I/O function returns: an operation, ready to be awaited.
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/operation.hpp>
#include <tridem/runtime/result.hpp>

#include <concepts>
#include <utility>

namespace tridem {

/// An operation that can be awaited: it says what its answer means.
template <class Op>
concept awaitable_operation = std::derived_from<Op, operation> && requires(Op& op) {
  typename Op::value_type;
  { op.take_value() } -> std::convertible_to<typename Op::value_type>;
};

namespace detail {

/// Throws what a failed operation means: `cancelled` when it was cut short, else std::system_error.
[[noreturn]] void throw_operation_failure(const operation& op);
[[nodiscard]] std::error_code operation_error(const operation& op) noexcept;

template <awaitable_operation Op>
class operation_awaiter_base {
 public:
  operation_awaiter_base(const operation_awaiter_base&) = delete;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    strand& line = *frame.line;
    if (line.scope->is_cancelled()) [[unlikely]] {
      op_.cancel_requested = true;
      op_.result = operation::cancelled_result;
      return false;
    }
    // An operation on an object that may be closed looks at it as late as this, and may refuse.
    if constexpr (requires { op_.begin(); }) {
      op_.result = op_.begin();
      if ((op_.result) < 0) return false;
    }
    line.suspend_in(op_, awaiting, frame);
    line.loop->submit(op_);
    return true;
  }

 protected:
  explicit operation_awaiter_base(Op&& op) noexcept : op_(std::move(op)) {}
  template <class... Args>
  explicit operation_awaiter_base(std::in_place_t, Args&&... args) noexcept
      : op_(std::forward<Args>(args)...) {}
  // Before the result is looked at.
  void end() noexcept {
    if constexpr (requires { op_.end(); }) op_.end();
  }

  Op op_;
};

template <awaitable_operation Op>
class operation_awaiter final : public operation_awaiter_base<Op> {
 public:
  explicit operation_awaiter(Op&& op) noexcept : operation_awaiter_base<Op>(std::move(op)) {}
  template <class... Args>
  explicit operation_awaiter(std::in_place_t, Args&&... args) noexcept
      : operation_awaiter_base<Op>(std::in_place, std::forward<Args>(args)...) {}
  typename Op::value_type await_resume() {
    this->end();
    if ((this->op_.result) < 0) [[unlikely]]
      throw_operation_failure(this->op_);
    return this->op_.take_value();
  }
};

/// Gives a `result` and throws only `cancelled`.
template <awaitable_operation Op>
class operation_result_awaiter final : public operation_awaiter_base<Op> {
 public:
  explicit operation_result_awaiter(Op&& op) noexcept : operation_awaiter_base<Op>(std::move(op)) {}
  template <class... Args>
  explicit operation_result_awaiter(std::in_place_t, Args&&... args) noexcept
      : operation_awaiter_base<Op>(std::in_place, std::forward<Args>(args)...) {}
  result<typename Op::value_type> await_resume() {
    this->end();
    Op& op = this->op_;
    if ((op.result) < 0) {
      if (op.was_cancelled()) throw_cancelled();
      return operation_error(op);
    }
    if constexpr (std::is_void_v<typename Op::value_type>) {
      op.take_value();
      return {};
    } else {
      return op.take_value();
    }
  }
};

template <awaitable_operation Op>
class [[nodiscard]] operation_result_awaitable {
 public:
  explicit operation_result_awaitable(Op&& op) noexcept : op_(std::move(op)) {}
  operation_result_awaiter<Op> operator co_await() && noexcept {
    return operation_result_awaiter<Op>(std::move(op_));
  }

 private:
  Op op_;
};

}  // namespace detail

/// A request that has not been made yet: `co_await` makes it. Move-only in spirit, cheap to pass
/// on; `as_result` turns it into one that gives a `result` instead of throwing.
///
/// Errors:        std::system_error whose text names operation, object and cause.
/// Cancellation:  requested at once, awaited to the operation's own completion; a result that was
/// already there is delivered. Threads:       resumes on the loop that awaits it, in a later turn.
/// Cost:          no allocation; the node lives in the awaiting frame.
template <awaitable_operation Op>
class [[nodiscard("an operation does nothing until it is awaited")]] operation_awaitable {
 public:
  using operation_type = Op;

  explicit operation_awaitable(Op op) noexcept : op_(std::move(op)) {}
  detail::operation_awaiter<Op> operator co_await() && noexcept {
    return detail::operation_awaiter<Op>(std::move(op_));
  }
  detail::operation_result_awaitable<Op> into_result() && noexcept {
    return detail::operation_result_awaitable<Op>(std::move(op_));
  }

 private:
  Op op_;
};

}  // namespace tridem
