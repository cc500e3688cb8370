// SPDX-License-Identifier: MIT
// create_task: start something now, go on, and await it later.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/call.hpp>
#include <tridem/runtime/detail/call_site.hpp>
#include <tridem/runtime/detail/callable_guard.hpp>
#include <tridem/runtime/task_handle.hpp>

#include <source_location>
#include <string>

namespace tridem {
namespace detail {

// Callable and arguments are parameters of this coroutine: they live until the call has ended.
template <class R, class F, class... Args>
task<R> call_in_task(F f, Args... args) {
  co_return co_await call(f, std::move(args)...);
}

template <class F, class... Args>
auto as_task_call(F&& f, Args&&... args) {
  using result = std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>;
  static_assert(
      awaitable<result>,
      "tridem: the callable given to create_task must return a task or another awaitable; "
      "use to_thread for blocking functions");
  return call_in_task<awaited_t<result>, std::decay_t<F>, std::decay_t<Args>...>(
      std::forward<F>(f), std::forward<Args>(args)...);
}

template <class T>
task_handle<T> spawn(event_loop& home, scope_node& around, task<T> body, std::string&& name,
                     call_site where) {
  TRIDEM_ASSERT(body, "create_task was given an empty task: moved from, or awaited before");
  auto* control = new task_control<T>(std::move(body));
  control->loop = &home;
  control->origin.set_place(where);
  task_handle<T> handle(*control);  // holds it, should there be no memory for the name
  if (!name.empty()) control->origin.set_name(std::move(name));
  control->start(home, around);
  return handle;
}

}  // namespace detail

/// Schedules `a` on this loop, as a task of its own that starts in a later step of this turn.
///
/// The loop owns the task; the handle watches it. Tasks that are left when `run` ends are cancelled
/// and awaited.
///
/// @param a     A task, or anything else awaitable.
/// @param name  For reports; "task-<id>" when empty.
/// Errors:      an error that nobody retrieves is reported on stderr, with its async stack.
/// Threads:     a loop's thread only.
/// Cost:        one allocation, one recycled frame (two for what is not a task).
template <awaitable A>
auto create_task(A&& a, std::string name = {},
                 std::source_location where = std::source_location::current()) {
  event_loop& home = event_loop::current();
  return detail::spawn(home, home.root_scope(), detail::as_task(std::forward<A>(a)),
                       std::move(name), where);
}

/// Schedules `f(args...)`, which must return something awaitable. The callable and its arguments
/// are kept alive until the task has ended, so lambda coroutines with captures are safe here.
///
/// g++ before 13 refuses a temporary lambda that owns captures, because it would destroy them twice
/// inside a co_await expression: name it and pass `moved(f)`.
// Inlined always, so that an address in it tells who the caller is.
template <class F, class... Args>
  requires(!awaitable<F> && std::invocable<std::decay_t<F>&, std::decay_t<Args>...>)
[[gnu::always_inline]] inline auto create_task(F&& f, Args&&... args) {
  TRIDEM_GUARD_CALLABLE(F);
  event_loop& home = event_loop::current();
  return detail::spawn(home, home.root_scope(),
                       detail::as_task_call(std::forward<F>(f), std::forward<Args>(args)...), {},
                       detail::call_site(detail::calling_code()));
}

}  // namespace tridem
