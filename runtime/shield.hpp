// SPDX-License-Identifier: MIT
// shield: let something finish even though its task was told to stop.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/this_strand.hpp>
#include <tridem/runtime/time.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <algorithm>

namespace tridem {
namespace detail {

template <class T>
task<T> run_shielded(task<T> body) {
  strand& line = co_await this_strand();
  cancel_scope scope(cancel_scope::kind::shield);
  scope_entry inside(line, scope);
  co_return co_await std::move(body);
}

}  // namespace detail

/// Awaits `a` to its end, whatever is cancelled around it. It runs in the same task, starts even
/// when the task is already cancelled, is never detached, and its value is delivered; the
/// cancellation comes at the next await after it.
///
/// Give cleanup a deadline of its own: `shield(stream.close(), 1s)`.
template <awaitable A>
auto shield(A&& a) {
  return detail::run_shielded<detail::as_task_value_t<A>>(detail::as_task(std::forward<A>(a)));
}

/// Awaits `a` as above, but no longer than `span`, counted from the await, or not beyond `when`.
///
/// What is cut short is cancelled and awaited to its end; if a value is there by then, the value is
/// delivered.
///
/// @param span  Zero or less: `a` is started, and cancelled at its first wait in a later turn.
/// Errors:      those of `a`; `timeout_error` when this deadline fired and `a` was cut, also while
/// the task around is cancelled.
/// Cancellation: from around it comes at the next await.
/// Cost:        one frame, one timer.
template <awaitable A>
auto shield(A&& a, duration span) {
  return detail::run_with_deadline<detail::scope_node::kind::shield>(
      detail::as_task(std::forward<A>(a)), never, std::max(span, duration::zero()));
}
template <awaitable A>
auto shield(A&& a, time_point when) {
  return detail::run_with_deadline<detail::scope_node::kind::shield>(
      detail::as_task(std::forward<A>(a)), when, duration(-1));
}

}  // namespace tridem
