// SPDX-License-Identifier: MIT
// Where a coroutine leaves its result: nothing yet, a value, or an exception.
#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace tridem::detail {

struct void_value {};

/// How a result of type T is stored: references as pointers, void as an empty value.
template <class T>
using stored_t =
    std::conditional_t<std::is_void_v<T>, void_value,
                       std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>>;

/// Empty, a value or an error; filled once.
template <class T>
class result_slot {
 public:
  result_slot() noexcept {}
  result_slot(const result_slot&) = delete;
  result_slot& operator=(const result_slot&) = delete;
  ~result_slot() { clear(); }

  template <class... Args>
  void set_value(Args&&... args) {
    std::construct_at(std::addressof(value_), std::forward<Args>(args)...);
    state_ = state::value;
  }
  void set_error(std::exception_ptr error) noexcept {
    clear();
    std::construct_at(std::addressof(error_), std::move(error));
    state_ = state::error;
  }

  [[nodiscard]] bool is_empty() const noexcept { return state_ == state::empty; }
  [[nodiscard]] bool has_value() const noexcept { return state_ == state::value; }
  [[nodiscard]] bool has_error() const noexcept { return state_ == state::error; }
  [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
  [[nodiscard]] stored_t<T>& stored() noexcept { return value_; }

  /// The value, moved out; throws the error when there is one.
  T take() {
    if (state_ == state::error) std::rethrow_exception(error_);
    if constexpr (std::is_void_v<T>) {
      return;
    } else if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*value_);
    } else {
      return std::move(value_);
    }
  }

  void clear() noexcept {
    if (state_ == state::value) std::destroy_at(std::addressof(value_));
    if (state_ == state::error) std::destroy_at(std::addressof(error_));
    state_ = state::empty;
  }

 private:
  enum class state : unsigned char { empty, value, error };
  union {
    stored_t<T> value_;
    std::exception_ptr error_;
  };
  state state_ = state::empty;
};

}  // namespace tridem::detail
