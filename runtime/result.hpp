// SPDX-License-Identifier: MIT
// result<T>: a value or an error, for those who would rather look than catch; as_result turns any
// await into one.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/result_slot.hpp>
#include <tridem/runtime/detail/this_strand.hpp>

#include <exception>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

namespace tridem {
namespace detail {

/// The code of a std::system_error; empty for any other exception.
[[nodiscard]] std::error_code code_of(const std::exception_ptr& failure) noexcept;

}  // namespace detail

/// A value, a `std::error_code` (from an I/O operation) or a `std::exception_ptr` (from anything
/// else).
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result() noexcept
    requires std::is_void_v<T>
      : state_(std::in_place_index<0>) {}
  template <class U = T>
    requires(!std::is_void_v<T> && std::is_constructible_v<detail::stored_t<T>, U> &&
             !std::is_same_v<std::remove_cvref_t<U>, result> && !std::is_reference_v<T> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::error_code> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::exception_ptr>)
  result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  /// Refers to `value`, as what was awaited does.
  template <class U = T>
    requires std::is_reference_v<U>
  result(std::type_identity_t<U> value) noexcept
      : state_(std::in_place_index<0>, std::addressof(value)) {}
  result(std::error_code code) noexcept : state_(std::in_place_index<1>, code) {}
  result(std::exception_ptr error) noexcept : state_(std::in_place_index<2>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// The code of an I/O failure, or of a std::system_error; empty on success; `std::errc::io_error`
  /// never stands in for another exception: use `exception()` for those.
  [[nodiscard]] std::error_code error() const noexcept {
    if (const std::error_code* code = std::get_if<1>(&state_)) return *code;
    const std::exception_ptr* failure = std::get_if<2>(&state_);
    return failure == nullptr ? std::error_code{} : detail::code_of(*failure);
  }
  /// The failure as an exception; null on success.
  [[nodiscard]] std::exception_ptr exception() const noexcept {
    if (const std::error_code* code = std::get_if<1>(&state_)) {
      return std::make_exception_ptr(std::system_error(*code));
    }
    const std::exception_ptr* error = std::get_if<2>(&state_);
    return error == nullptr ? nullptr : *error;
  }

  /// The value; throws the failure when there is none.
  decltype(auto) value() & {
    if (!has_value()) std::rethrow_exception(exception());
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*std::get<0>(state_));
    } else if constexpr (!std::is_void_v<T>) {
      return (std::get<0>(state_));
    }
  }
  T value() && {
    if (!has_value()) std::rethrow_exception(exception());
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*std::get<0>(state_));
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(std::get<0>(state_));
    }
  }
  decltype(auto) operator*() & { return value(); }
  T operator*() && { return std::move(*this).value(); }
  auto* operator->()
    requires(!std::is_void_v<T>)
  {
    return &value();
  }
  /// The value, or `otherwise` on failure.
  template <class U>
    requires(!std::is_void_v<T> && !std::is_reference_v<T>)
  [[nodiscard]] T value_or(U&& otherwise) && {
    return has_value() ? std::move(std::get<0>(state_))
                       : static_cast<T>(std::forward<U>(otherwise));
  }

 private:
  std::variant<detail::stored_t<T>, std::error_code, std::exception_ptr> state_;
};

namespace detail {

template <class T>
task<result<T>> catch_into_result(task<T> body) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
      co_return result<T>{};
    } else {
      co_return result<T>(co_await std::move(body));
    }
  } catch (const std::exception&) {
    co_return result<T>(std::current_exception());
  }
}

}  // namespace detail

/// Awaits `a` and gives a `result` instead of throwing. An I/O operation gives its
/// `std::error_code` without a throw inside; anything else gives the exception. `cancelled` is no
/// failure of `a` and still passes through, as does what is not a std::exception.
///
/// Cancellation: that of `a`.
/// Cost: none for an I/O operation; one frame otherwise.
template <awaitable A>
auto as_result(A&& a) {
  if constexpr (requires { std::move(a).into_result(); }) {
    return std::move(a).into_result();
  } else {
    using value = detail::as_task_value_t<A>;
    return detail::catch_into_result<value>(detail::as_task(std::forward<A>(a)));
  }
}

}  // namespace tridem
