// SPDX-License-Identifier: MIT
// wait and as_completed: watch several spawned tasks without owning them.
#pragma once

#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/detail/completion_queue.hpp>
#include <tridem/runtime/task_handle.hpp>

#include <cstddef>
#include <memory>
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

}  // namespace detail

/// Waits until some or all of the tasks have ended. Nothing is cancelled, no error is thrown: look
/// at the handles.
///
/// Cancellation: ends the watching only; the tasks go on.
/// Threads: resumes on the same loop. Cost: O(handles), one allocation for each.
template <class T>
task<wait_result<T>> wait(std::vector<task_handle<T>> handles,
                          wait_for_what what = wait_for_what::all_completed) {
  return detail::wait_for_handles(std::move(handles), what);
}

/// The tasks in the order in which they end: `while (auto* h = co_await g.next()) use(co_await
/// *h);`
///
/// Dropped halfway, the rest go on: they are tasks of their own.
template <class T>
async_generator<task_handle<T>> as_completed(std::vector<task_handle<T>> handles) {
  return detail::handles_as_completed(std::move(handles));
}

}  // namespace tridem
