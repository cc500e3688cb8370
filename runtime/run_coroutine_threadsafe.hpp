// SPDX-License-Identifier: MIT
// run_coroutine_threadsafe: another thread hands a task to a loop and gets a std::future.
#pragma once

#include <tridem/runtime/create_task.hpp>

#include <future>
#include <source_location>
#include <utility>

namespace tridem {
namespace detail {

template <class T>
task<> fulfil(task<T> body, std::promise<T> answer) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
      answer.set_value();
    } else {
      answer.set_value(co_await std::move(body));
    }
  } catch (const cancelled&) {
    // The future's owner is another thread, for whom this is a failure.
    answer.set_exception(std::make_exception_ptr(task_cancelled("run_coroutine_threadsafe")));
    throw;
  } catch (...) {
    answer.set_exception(std::current_exception());
  }
}

}  // namespace detail

/// Schedules `body` on `home` from any thread.
///
/// @param home  Must run until the future is ready; a loop that ends first cancels the task, and
/// the future says so.
/// @returns     A future for the result. Waiting for it on the loop's own thread would never end.
/// Errors:      what `body` throws comes out of the future; `task_cancelled` when the loop ended
/// first. Threads:     any. Cost:        two allocations, a frame, and a wake-up when the loop
/// sleeps.
template <class T>
std::future<T> run_coroutine_threadsafe(
    event_loop& home, task<T> body, std::source_location where = std::source_location::current()) {
  std::promise<T> answer;
  std::future<T> future = answer.get_future();
  home.call_soon_threadsafe(
      [&home, where, fulfilling = detail::fulfil(std::move(body), std::move(answer))]() mutable {
        (void)detail::spawn(home, home.root_scope(), std::move(fulfilling),
                            "run_coroutine_threadsafe", where);
      });
  return future;
}

}  // namespace tridem
