// SPDX-License-Identifier: MIT
// Where a coroutine leaves its result: nothing yet, a value, or an exception.
#pragma once

#include <exception>
#include <new>
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
  static_assert(alignof(stored_t<T>) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                "tridem: a coroutine frame has the alignment of new, this result asks for more; "
                "return it in a std::unique_ptr");

 public:
  result_slot() noexcept {}
  result_slot(const result_slot&) = delete;
  result_slot& operator=(const result_slot&) = delete;
  ~result_slot() { clear(); }

  template <class... Args>
  void set_value(Args&&... args) {
    ::new (static_cast<void*>(std::addressof(value_))) stored_t<T>(std::forward<Args>(args)...);
    state_ = state::value;
  }
  void set_error(std::exception_ptr error) noexcept {
    clear();
    ::new (static_cast<void*>(std::addressof(error_))) std::exception_ptr(std::move(error));
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
    if (state_ == state::value) value_.~value_type();
    if (state_ == state::error) error_.~exception_ptr();
    state_ = state::empty;
  }

 private:
  using value_type = stored_t<T>;
  enum class state : unsigned char { empty, value, error };
  union {
    stored_t<T> value_;
    std::exception_ptr error_;
  };
  state state_ = state::empty;
};

}  // namespace tridem::detail
