// SPDX-License-Identifier: MIT
// What can be awaited, what it gives, and how anything awaitable becomes a task.
#pragma once

#include <tridem/runtime/task.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace tridem {
namespace detail {

template <class A>
concept has_member_co_await = requires(A&& a) { std::forward<A>(a).operator co_await(); };
template <class A>
concept is_awaiter = requires(A& a) {
  a.await_ready();
  a.await_resume();
};
// A task that is named but not moved. It counts as awaitable so that as_task, and not a list of
// failed constraints, can say what to write.
template <class A>
concept is_unmoved_task = is_task<std::remove_cvref_t<A>> && !has_member_co_await<A>;

template <class A>
struct awaited;
template <has_member_co_await A>
struct awaited<A> {
  using type = decltype(std::declval<A>().operator co_await().await_resume());
};
template <class A>
  requires(!has_member_co_await<A> && is_awaiter<std::remove_reference_t<A>>)
struct awaited<A> {
  using type = decltype(std::declval<std::remove_reference_t<A>&>().await_resume());
};
template <is_unmoved_task A>
struct awaited<A> {
  using type = typename std::remove_cvref_t<A>::value_type;
};

}  // namespace detail

/// Anything that `co_await` accepts inside a task: a task, a handle, an operation, a pool
/// submission.
template <class A>
concept awaitable = detail::has_member_co_await<A> ||
                    detail::is_awaiter<std::remove_reference_t<A>> || detail::is_unmoved_task<A>;

/// What `co_await a` gives.
template <awaitable A>
using awaited_t = typename detail::awaited<A>::type;

namespace detail {

template <class A>
task<awaited_t<A>> await_in_task(A awaitable_value) {
  co_return co_await std::move(awaitable_value);
}
template <class A>
task<awaited_t<A&>> watch_in_task(A handle) {
  co_return co_await handle;
}

/// A task that awaits `a`. A task is passed through. What an lvalue gives is only watched: it is
/// copied, and must be made for that (task handles are).
template <class A>
  requires awaitable<A>
auto as_task(A&& a) {
  using value = std::remove_cvref_t<A>;
  constexpr bool is_consumed = is_unmoved_task<A> || !std::is_copy_constructible_v<value>;
  if constexpr (is_unmoved_task<A> || (std::is_lvalue_reference_v<A> && is_consumed)) {
    static_assert(!is_consumed,
                  "tridem: this awaitable is consumed by awaiting it: pass it with std::move(...)");
    return task<awaited_t<A>>();
  } else if constexpr (std::is_lvalue_reference_v<A>) {
    return watch_in_task<value>(a);
  } else if constexpr (is_task<value>) {
    return std::move(a);
  } else {
    return await_in_task<value>(std::move(a));
  }
}

template <class A>
using as_task_value_t = typename decltype(as_task(std::declval<A>()))::value_type;

}  // namespace detail
}  // namespace tridem
