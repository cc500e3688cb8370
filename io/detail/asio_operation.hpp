// SPDX-License-Identifier: MIT
// An operation of Asio that has not been started yet: co_await starts it.
#pragma once

#include <tridem/io/detail/asio_name.hpp>
#include <tridem/io/detail/asio_wait.hpp>
#include <tridem/runtime/result.hpp>

#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// What a completion signature gives: nothing, one value, or a tuple; an error in front is thrown.
template <class... Values>
struct asio_values {
  using type = std::tuple<Values...>;
};
template <class Value>
struct asio_values<Value> {
  using type = Value;
};
template <>
struct asio_values<> {
  using type = void;
};

template <class Signature>
struct asio_answer;
template <class R, class... Args>
struct asio_answer<R(Args...)> {
  using values = asio_values<std::decay_t<Args>...>;
  using stored = std::tuple<std::decay_t<Args>...>;
};
template <class R, class First, class... Args>
  requires(std::same_as<std::decay_t<First>, boost::system::error_code> ||
           std::same_as<std::decay_t<First>, std::exception_ptr>)
struct asio_answer<R(First, Args...)> {
  using values = asio_values<std::decay_t<Args>...>;
  using stored = std::tuple<std::decay_t<Args>...>;
  using error = std::decay_t<First>;
};

template <class Signature, class Initiation, class... Args>
class asio_awaiter_base : public asio_wait {
 public:
  using answer = asio_answer<Signature>;
  using value_type = typename answer::values::type;

  asio_awaiter_base(Initiation&& initiation, std::tuple<Args...>&& args)
      : asio_wait(name_), initiation_(std::move(initiation)), args_(std::move(args)) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) {
    promise_base& frame = awaiting.promise();
    if (is_cut_off(*frame.line)) return false;
    try {
      std::apply(
          [&](Args&... args) {
            std::move(initiation_)(asio_handler<asio_awaiter_base>(*this), std::move(args)...);
          },
          args_);
    } catch (...) {
      // The handler may live on; it is waited for all the same.
      failure = std::current_exception();
    }
    return suspend(awaiting, frame);
  }

  template <class... Given>
  void store(Given&&... given) noexcept {
    if constexpr (requires { typename answer::error; }) {
      store_after_error(std::forward<Given>(given)...);
    } else {
      store_values(std::forward<Given>(given)...);
    }
  }

 protected:
  ~asio_awaiter_base() = default;

  value_type take() {
    if constexpr (std::is_void_v<value_type>) {
      return;
    } else if constexpr (std::tuple_size_v<typename answer::stored> == 1) {
      return std::get<0>(std::move(*values_));
    } else {
      return std::move(*values_);
    }
  }

 private:
  // Found once, by the compiler.
  static constexpr std::string_view name_ = name_of_initiation<Initiation>();

  template <class Error, class... Given>
  void store_after_error(Error&& error, Given&&... given) noexcept {
    if constexpr (std::same_as<typename answer::error, std::exception_ptr>) {
      failure = std::forward<Error>(error);
    } else {
      code = std::forward<Error>(error);
    }
    store_values(std::forward<Given>(given)...);
  }
  template <class... Given>
  void store_values(Given&&... given) noexcept {
    try {
      values_.emplace(std::forward<Given>(given)...);
    } catch (...) {
      failure = std::current_exception();
    }
  }

  Initiation initiation_;
  std::tuple<Args...> args_;
  std::optional<typename answer::stored> values_;
};

template <class Signature, class Initiation, class... Args>
class asio_awaiter final : public asio_awaiter_base<Signature, Initiation, Args...> {
 public:
  using asio_awaiter_base<Signature, Initiation, Args...>::asio_awaiter_base;
  auto await_resume() -> typename asio_awaiter::value_type {
    this->throw_failure();
    if (this->code) this->throw_code();
    return this->take();
  }
};

/// Gives a `result`, and throws only `cancelled`.
template <class Signature, class Initiation, class... Args>
class asio_result_awaiter final : public asio_awaiter_base<Signature, Initiation, Args...> {
 public:
  using asio_awaiter_base<Signature, Initiation, Args...>::asio_awaiter_base;
  auto await_resume() -> result<typename asio_result_awaiter::value_type> {
    try {
      this->throw_failure();
    } catch (const std::exception&) {
      return std::current_exception();
    }
    if (this->code) return std::error_code(this->code);
    if constexpr (std::is_void_v<typename asio_result_awaiter::value_type>) {
      return {};
    } else {
      return this->take();
    }
  }
};

/// Owns how the operation is started and with what; refers to what its arguments refer to.
template <class Signature, class Initiation, class... Args>
class [[nodiscard("an operation does nothing until it is awaited")]] asio_operation {
 public:
  template <class... Given>
  explicit asio_operation(Initiation initiation, Given&&... given)
      : initiation_(std::move(initiation)), args_(std::forward<Given>(given)...) {}
  asio_operation(asio_operation&&) = default;
  asio_operation& operator=(asio_operation&&) = default;

  asio_awaiter<Signature, Initiation, Args...> operator co_await() && {
    return {std::move(initiation_), std::move(args_)};
  }

  /// What adapters of Boost before 1.82 ask for, who have to know the type beforehand.
  operator task<typename asio_answer<Signature>::values::type>() && {
    return await_in_task<asio_operation>(std::move(*this));
  }

  class as_result_form {
   public:
    explicit as_result_form(asio_operation&& operation) : operation_(std::move(operation)) {}
    asio_result_awaiter<Signature, Initiation, Args...> operator co_await() && {
      return {std::move(operation_.initiation_), std::move(operation_.args_)};
    }

   private:
    asio_operation operation_;
  };
  as_result_form into_result() && { return as_result_form(std::move(*this)); }

 private:
  Initiation initiation_;
  std::tuple<Args...> args_;
};

}  // namespace tridem::detail
