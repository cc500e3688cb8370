// SPDX-License-Identifier: MIT
// with_cancel_scope: a part of a task that can be told to stop without stopping the rest.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/callable_guard.hpp>
#include <tridem/runtime/detail/this_strand.hpp>

#include <optional>
#include <type_traits>

namespace tridem {
namespace detail {

template <class R, class F>
task<std::conditional_t<std::is_void_v<R>, bool, std::optional<R>>> run_in_cancel_scope(F body) {
  strand& line = co_await this_strand();
  cancel_scope scope;
  try {
    scope_entry inside(line, scope);
    if constexpr (std::is_void_v<R>) {
      co_await body(scope);
      co_return true;
    } else {
      co_return std::optional<R>(co_await body(scope));
    }
  } catch (const cancelled&) {
    // Ours to absorb only when nothing outside was cancelled too: the outermost request wins.
    if (!scope.cancel_called() || line.scope->is_cancelled()) throw;
  }
  if constexpr (std::is_void_v<R>) {
    co_return false;
  } else {
    co_return std::nullopt;
  }
}

}  // namespace detail

/// Awaits `body(scope)` inside a scope of its own: `scope.cancel()` and `scope.deadline(when)` stop
/// it.
///
/// @param body  Takes `cancel_scope&`, returns something awaitable; kept alive until it has ended.
/// @returns     optional<R>: empty when the scope was cancelled and that cut the body. For void:
/// false then. Errors:      those of the body. Cancellation: from outside passes through as
/// `cancelled`.
template <class F>
auto with_cancel_scope(F&& body) {
  TRIDEM_GUARD_CALLABLE(F);
  using value = awaited_t<std::invoke_result_t<std::decay_t<F>&, cancel_scope&>>;
  return detail::run_in_cancel_scope<value, std::decay_t<F>>(std::forward<F>(body));
}

}  // namespace tridem
