// SPDX-License-Identifier: MIT
// outcome<T>: how something ended, kept for later: a value or an exception.
#pragma once

#include <tridem/runtime/detail/result_slot.hpp>

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace tridem {

/// A value or an exception, as `gather_settled` gives them.
template <class T>
class outcome {
 public:
  using value_type = T;

  outcome() noexcept
    requires std::is_void_v<T>
      : state_(std::in_place_index<0>) {}
  template <class U>
    requires(!std::is_void_v<T> && std::is_constructible_v<detail::stored_t<T>, U> &&
             !std::is_same_v<std::remove_cvref_t<U>, outcome> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::exception_ptr>)
  explicit outcome(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  explicit outcome(std::exception_ptr error) noexcept
      : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// The exception; null when there is a value.
  [[nodiscard]] std::exception_ptr exception() const noexcept {
    return has_value() ? nullptr : std::get<1>(state_);
  }
  /// The value; throws the exception when there is none.
  decltype(auto) value() & {
    if (!has_value()) std::rethrow_exception(std::get<1>(state_));
    if constexpr (!std::is_void_v<T>) return (std::get<0>(state_));
  }
  T value() && {
    if (!has_value()) std::rethrow_exception(std::get<1>(state_));
    if constexpr (!std::is_void_v<T>) return std::move(std::get<0>(state_));
  }

 private:
  std::variant<detail::stored_t<T>, std::exception_ptr> state_;
};

}  // namespace tridem
