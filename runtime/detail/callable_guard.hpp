// SPDX-License-Identifier: MIT
// g++ before 13 destroys the captures of a temporary lambda twice inside a co_await expression (PR
// 99576): refused here.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace tridem {

/// A callable taken out of a named variable, in a form that every compiler carries safely into a
/// co_await expression.
template <class F>
class moved_callable {
 public:
  explicit moved_callable(F&& f) noexcept(std::is_nothrow_move_constructible_v<F>)
      : f_(std::move(f)) {}
  moved_callable(moved_callable&&) = default;
  ~moved_callable() {
  }  // user-provided on purpose: a class with constructors is what g++ 12 handles correctly

  template <class... Args>
    requires std::is_invocable_v<F&, Args...>
  decltype(auto) operator()(Args&&... args) {
    return f_(std::forward<Args>(args)...);
  }

 private:
  F f_;
};

/// `co_await create_task(moved(f))`: gives the named callable `f` away.
template <class F>
[[nodiscard]] moved_callable<F> moved(F& f) {
  static_assert(!std::is_const_v<F>, "tridem: moved() takes a callable that is not const");
  return moved_callable<F>(std::move(f));
}
template <class F>
  requires(!std::is_lvalue_reference_v<F>)
moved_callable<F> moved(F&& f) {
  static_assert(
      std::is_lvalue_reference_v<F>,
      "tridem: moved() takes a callable that has a name: a temporary lambda is what it is "
      "there to avoid");
  return moved_callable<F>(std::move(f));
}

namespace detail {

template <class F>
inline constexpr bool is_moved_callable = false;
template <class F>
inline constexpr bool is_moved_callable<moved_callable<F>> = true;

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
template <class F>
inline constexpr bool safe_in_co_await =
    std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<std::remove_cvref_t<F>> ||
    is_moved_callable<std::remove_cvref_t<F>>;
#else
template <class F>
inline constexpr bool safe_in_co_await = true;
#endif

}  // namespace detail
}  // namespace tridem

/// Refuses, where the compiler is known to miscompile it, a temporary callable that owns what it
/// captured.
#define TRIDEM_GUARD_CALLABLE(F)                                                              \
  static_assert(                                                                              \
      ::tridem::detail::safe_in_co_await<F>,                                                  \
      "tridem: this g++ destroys the captures of a temporary lambda twice inside a co_await " \
      "expression (GCC PR 99576): name the lambda and pass moved(f), or pass a captureless "  \
      "lambda with arguments")
