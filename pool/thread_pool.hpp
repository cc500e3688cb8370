// SPDX-License-Identifier: MIT
// thread_pool: blocking or CPU-bound functions on threads, awaited from tasks.
#pragma once

#include <tridem/pool/detail/crew_waits.hpp>
#include <tridem/pool/detail/thread_imap.hpp>
#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/pool/detail/thread_map.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/pool/thread_pool_options.hpp>
#include <tridem/runtime/awaitable.hpp>

#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace tridem {

/// Threads that run functions for tasks: `auto y = co_await pool.submit(f, x);`.
///
/// A pool may serve any number of loops; each task resumes on its own. Threads are started when
/// work needs them, at most as many as the options say, and block all signals.
///
/// A job must not block on a job of the same pool: with all threads in such a wait nothing moves
/// on. Await in tasks instead; a job may block on another pool's.
///
/// The destructor refuses the jobs that wait (their tasks get `pool_closed`), asks those that run
/// to stop, and blocks until they have returned. To let all jobs end, await `shutdown` before. No
/// other thread may use the pool at that time.
///
/// Threads: any loop's thread, unless said otherwise.
class thread_pool {
 public:
  /// Cost: no thread is started yet.
  explicit thread_pool(thread_pool_options options = {});
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;
  ~thread_pool();

  /// Calls `f(args...)` on a thread and gives what it returns.
  ///
  /// Callable and arguments are copied or moved into the awaiting frame and live there until the
  /// job has ended; use std::ref for a reference. A callable that takes a `std::stop_token` first
  /// gets one on which a stop is requested when the awaiting task is cancelled.
  ///
  /// Errors:        what `f` throws, as it is; `pool_closed` after `shutdown`; std::system_error
  ///                when not one thread can be started.
  /// Cancellation:  a job that waits is withdrawn at once. One that runs is asked to stop and
  ///                awaited, and what it returns is delivered.
  /// Threads:       resumes on the loop of the awaiting task.
  /// Cost:          no allocation (one with a stop token); no system call while the threads are
  ///                awake, about 20 us to wake one.
  template <class F, class... Args>
  auto submit(F&& f, Args&&... args) {
    TRIDEM_GUARD_CALLABLE(F);
    return detail::make_thread_call(*crew_, std::forward<F>(f), std::forward<Args>(args)...);
  }

  /// Calls `f(item)` for every item and gives the results in the order of the items (nothing for
  /// void).
  ///
  /// Items are handled in chunks, so that tiny ones are cheap. An lvalue range is borrowed until
  /// the await has ended, and `f` sees its items in place; an rvalue range is moved in; of a range
  /// without random access or size, copies are made. `f` is
  /// called by several threads at once.
  ///
  /// Errors:        the first that any call throws; what has not begun is not called any more.
  /// Cancellation:  takes effect between two items of each chunk; then `cancelled`.
  /// Cost:          some allocations for each chunk, none for an item beyond its result.
  template <class F, std::ranges::input_range Range>
  auto map(F&& f, Range&& items, map_options options = {}) {
    TRIDEM_GUARD_CALLABLE(F);
    return detail::map_on_threads(*crew_, size(), std::decay_t<F>(std::forward<F>(f)),
                                  detail::view_for_threads(std::forward<Range>(items)), options);
  }

  /// Calls `f(item)` for every item and gives the results one by one, in the order of the items,
  /// while the next are being computed: `while (auto* y = co_await results.next())`.
  ///
  /// Items are taken as results are asked for, never more than `in_flight` ahead, so the input may
  /// be endless. An lvalue range is borrowed as long as the generator lives, an rvalue range is
  /// moved in; `f` gets a copy of each item, and is called by several threads at once. Each item is
  /// a job of its own; `chunk` is not looked at.
  ///
  /// Errors:        what a call throws, at its place in the order; the generator has then ended.
  /// Cancellation:  that of the job which is awaited. Dropping the generator cancels what is under
  ///                way.
  /// Cost:          a task for each item.
  template <class F, std::ranges::input_range Range>
  auto imap(F&& f, Range&& items, map_options options = {}) {
    TRIDEM_GUARD_CALLABLE(F);
    return detail::imap_on_threads(*crew_, std::make_shared<std::decay_t<F>>(std::forward<F>(f)),
                                   std::views::all(std::forward<Range>(items)),
                                   detail::in_flight_of(options, size()));
  }

  /// Waits until fewer than `max_pending` jobs wait for a thread; for producers that do not await
  /// each job before they make the next. No room is kept for the caller. Ends at once when the pool
  /// is shut down.
  ///
  /// Cancellation: at once.
  [[nodiscard]] auto room() noexcept {
    return detail::crew_awaitable<detail::room_awaiter>(*crew_);
  }

  /// Takes no more jobs, and waits until those it has have ended, and its threads too. Can be
  /// awaited again, and by several.
  ///
  /// Cancellation: at once; the pool stays closed, and its jobs go on.
  [[nodiscard]] auto shutdown() noexcept {
    return detail::crew_awaitable<detail::end_awaiter>(*crew_);
  }

  /// Threads: any.
  [[nodiscard]] thread_pool_stats stats() const noexcept;
  /// Threads at most.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  std::unique_ptr<detail::thread_crew> crew_;
};

}  // namespace tridem
