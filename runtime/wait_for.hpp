// SPDX-License-Identifier: MIT
// Deadlines: wait_for and wait_until cut a wait that takes too long.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/this_strand.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>

namespace tridem {
namespace detail {

/// The text of the timeout_error: what was waited for, how long.
[[noreturn]] void throw_timeout(duration allowed);

/// @param Kind  A shield cuts for its own deadline only, and says so whatever is cancelled around
///              it.
template <scope_node::kind Kind, class T>
task<T> run_with_deadline(task<T> body, time_point until, duration span) {
  strand& line = co_await this_strand();
  // From a fresh clock, at the await: the time cached at the start of the turn would cut short what
  // is allowed.
  const time_point begun = static_cast<event_loop*>(line.loop)->fresh_now();
  if (span >= duration::zero()) until = after(begun, span);
  cancel_scope scope(Kind);
  scope.deadline(until);
  try {
    scope_entry inside(line, scope);
    co_return co_await std::move(body);
  } catch (const cancelled&) {
    constexpr bool is_shield = Kind == scope_node::kind::shield;
    if (!scope.deadline_fired() || (!is_shield && line.scope->is_cancelled())) throw;
  }
  throw_timeout(std::max(until, begun) - begun);
}

}  // namespace detail

/// Awaits `a`, but no longer than `span`, counted from the await.
///
/// What is cut short is cancelled and awaited to its end; if a value is there by then, the value is
/// delivered.
///
/// @param a     An lvalue task handle is only watched: the task goes on after the timeout.
/// `std::move(handle)` owns it.
/// @param span  Zero or less: `a` is started, and cancelled at its first wait in a later turn.
/// Errors:      those of `a`; `timeout_error` when this deadline fired, `a` was cut, and nothing
/// around is cancelled. Cost:        one frame, one timer.
template <awaitable A>
auto wait_for(A&& a, duration span) {
  return detail::run_with_deadline<detail::scope_node::kind::plain>(
      detail::as_task(std::forward<A>(a)), never, std::max(span, duration::zero()));
}

/// Awaits `a`, but not beyond `when`.
template <awaitable A>
auto wait_until(A&& a, time_point when) {
  return detail::run_with_deadline<detail::scope_node::kind::plain>(
      detail::as_task(std::forward<A>(a)), when, duration(-1));
}

}  // namespace tridem
