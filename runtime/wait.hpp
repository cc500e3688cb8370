// SPDX-License-Identifier: MIT
// wait and as_completed: watch several spawned tasks without owning them.
#pragma once

#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/completion_queue.hpp>
#include <tridem/runtime/detail/gather_awaiter.hpp>
#include <tridem/runtime/task_handle.hpp>

#include <cstddef>
#include <memory>
#include <ranges>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace tridem {

/// When `wait` returns.
enum class wait_for_what : unsigned char {
  first_completed,  ///< At least one has ended, in whatever way.
  first_exception,  ///< One has failed or was cancelled, or all have ended.
  all_completed,    ///< All have ended.
};

/// What `wait` gives: the handles, each in one of the two, in the order given.
template <class T>
struct wait_result {
  std::vector<task_handle<T>> done;
  std::vector<task_handle<T>> pending;
};

namespace detail {

template <class T>
task<wait_result<T>> wait_for_handles(std::vector<task_handle<T>> handles, wait_for_what what) {
  {
    completion_queue ended;
    for (std::size_t i = 0; i < handles.size(); ++i) ended.watch(handles[i].control(), i);
    for (std::size_t left = handles.size(); left > 0; --left) {
      const std::size_t index = co_await ended.next();
      if (what == wait_for_what::first_completed) break;
      const bool failed = handles[index].control().error() != nullptr;
      if (failed && what == wait_for_what::first_exception) break;
    }
  }
  wait_result<T> result;
  for (task_handle<T>& handle : handles) {
    auto& side = handle.done() ? result.done : result.pending;
    side.push_back(std::move(handle));
  }
  co_return result;
}

template <class T>
async_generator<task_handle<T>> handles_as_completed(std::vector<task_handle<T>> handles) {
  completion_queue ended;
  for (std::size_t i = 0; i < handles.size(); ++i) ended.watch(handles[i].control(), i);
  for (std::size_t left = handles.size(); left > 0; --left) {
    const std::size_t index = co_await ended.next();
    co_yield handles[index];
  }
}

template <class T>
inline constexpr bool is_task_handle = false;
template <class T>
inline constexpr bool is_task_handle<task_handle<T>> = true;

template <class Range>
concept range_of_handles =
    std::ranges::input_range<Range> && is_task_handle<std::ranges::range_value_t<Range>>;

template <range_of_handles Range>
auto handles_in(Range&& range) {
  std::vector<std::ranges::range_value_t<Range>> handles;
  for (auto&& handle : range) handles.push_back(handle);
  return handles;
}

/// Each awaitable of the range as a task of its own.
template <awaitable_range Range>
auto tasks_started_from(Range&& range, std::source_location where) {
  auto bodies = range_of_tasks(std::forward<Range>(range));
  using value = typename decltype(bodies)::value_type::value_type;
  std::vector<task_handle<value>> handles;
  handles.reserve(bodies.size());
  for (auto& body : bodies) handles.push_back(create_task(std::move(body), {}, where));
  return handles;
}

}  // namespace detail

/// Waits until some or all of the tasks have ended. Nothing is cancelled, no error is thrown: look
/// at the handles.
///
/// Cancellation: ends the watching only; the tasks go on.
/// Threads: resumes on the same loop. Cost: O(handles), one allocation for each.
template <detail::range_of_handles Range>
auto wait(Range&& handles, wait_for_what what = wait_for_what::all_completed) {
  return detail::wait_for_handles(detail::handles_in(handles), what);
}

/// The tasks in the order in which they end: `while (auto* h = co_await g.next()) use(co_await
/// *h);`
///
/// Dropped halfway, the rest go on: they are tasks of their own.
template <detail::range_of_handles Range>
auto as_completed(Range&& handles) {
  return detail::handles_as_completed(detail::handles_in(handles));
}

/// The same for a range of tasks or other awaitables: `create_task` makes a task of each, now.
template <detail::awaitable_range Range>
  requires(!detail::range_of_handles<Range>)
auto as_completed(Range&& awaitables,
                  std::source_location where = std::source_location::current()) {
  return detail::handles_as_completed(
      detail::tasks_started_from(std::forward<Range>(awaitables), where));
}

}  // namespace tridem
