// SPDX-License-Identifier: MIT
// Cleanup that awaits: with(resource, body) and finally(body, cleanup).
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/callable_guard.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/shield.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace tridem {
namespace detail {

template <class R>
using kept_value = std::conditional_t<std::is_void_v<R>, bool, std::optional<R>>;

/// What to throw when body and cleanup have ended: the body's error comes first, the cleanup's
/// becomes its note.
void rethrow_first(const std::exception_ptr& of_body, const std::exception_ptr& of_cleanup);

template <class R, class Body, class Cleanup>
task<R> run_then_clean_up(Body body, Cleanup cleanup) {
  kept_value<R> value{};
  std::exception_ptr body_error;
  std::exception_ptr cleanup_error;
  try {
    if constexpr (std::is_void_v<R>) {
      co_await body();
    } else {
      value.emplace(co_await body());
    }
  } catch (...) {
    body_error = std::current_exception();
  }
  try {
    co_await shield(cleanup());
  } catch (...) {
    cleanup_error = std::current_exception();
  }
  rethrow_first(body_error, cleanup_error);
  if constexpr (!std::is_void_v<R>) co_return std::move(*value);
}

/// A callable that gives its task away.
template <class T>
class awaited_once {
 public:
  explicit awaited_once(task<T> body) noexcept : body_(std::move(body)) {}
  task<T> operator()() noexcept { return std::move(body_); }

 private:
  task<T> body_;
};

template <class R, class Resource, class Body>
task<R> run_with(Resource resource, Body body) {
  auto use = [&] { return body(resource); };
  auto close = [&] { return resource.close(); };
  co_return co_await run_then_clean_up<R, decltype(use)&, decltype(close)&>(use, close);
}

}  // namespace detail

/// Awaits `body()`, then `cleanup()` on every way out: value, error, cancellation. The cleanup is
/// shielded.
///
/// Errors:        the body's; an error of the cleanup becomes a note of it, or is thrown when the
/// body ended well. Cancellation:  cuts the body; the cleanup runs to its end (give it a deadline
/// of its own).
template <class Body, class Cleanup>
  requires(!awaitable<Body>)
auto finally(Body&& body, Cleanup&& cleanup) {
  TRIDEM_GUARD_CALLABLE(Body);
  TRIDEM_GUARD_CALLABLE(Cleanup);
  using value = awaited_t<std::invoke_result_t<std::decay_t<Body>&>>;
  return detail::run_then_clean_up<value, std::decay_t<Body>, std::decay_t<Cleanup>>(
      std::forward<Body>(body), std::forward<Cleanup>(cleanup));
}

/// The same for a body that is a task, or anything else awaitable.
template <awaitable Body, class Cleanup>
auto finally(Body&& body, Cleanup&& cleanup) {
  TRIDEM_GUARD_CALLABLE(Cleanup);
  using value = detail::as_task_value_t<Body>;
  return detail::run_then_clean_up<value, detail::awaited_once<value>, std::decay_t<Cleanup>>(
      detail::awaited_once<value>(detail::as_task(std::forward<Body>(body))),
      std::forward<Cleanup>(cleanup));
}

/// Owns `resource` while `body(resource)` runs, and awaits `resource.close()` on every way out,
/// shielded: RAII for what must be awaited to be released.
///
/// @param resource  Moved in. Its `close()` returns something awaitable.
/// @param body      Takes `Resource&`; kept alive until all has ended.
/// Errors, Cancellation: as `finally`.
template <class Resource, class Body>
  requires(!std::is_lvalue_reference_v<Resource>)
auto with(Resource&& resource, Body&& body) {
  TRIDEM_GUARD_CALLABLE(Body);
  using value = awaited_t<std::invoke_result_t<std::decay_t<Body>&, Resource&>>;
  return detail::run_with<value, Resource, std::decay_t<Body>>(std::move(resource),
                                                               std::forward<Body>(body));
}

}  // namespace tridem
