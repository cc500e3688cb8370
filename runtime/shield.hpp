// SPDX-License-Identifier: MIT
// shield: let something finish even though its task was told to stop.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/this_strand.hpp>

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
/// Give cleanup a deadline: `shield(wait_for(stream.close(), 1s))`.
template <awaitable A>
auto shield(A&& a) {
  return detail::run_shielded<detail::as_task_value_t<A>>(detail::as_task(std::forward<A>(a)));
}

}  // namespace tridem
