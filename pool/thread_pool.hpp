// SPDX-License-Identifier: MIT
// thread_pool: blocking or CPU-bound functions on threads, awaited from tasks.
#pragma once

#include <tridem/pool/detail/crew_waits.hpp>
#include <tridem/pool/detail/thread_imap.hpp>
#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/pool/detail/thread_map.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/pool/shutdown_mode.hpp>
#include <tridem/pool/thread_pool_options.hpp>
#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/task.hpp>
#include <tridem/runtime/time.hpp>

#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace tridem {

/// Threads that run functions for tasks: `auto y = co_await pool.submit(f, x);`.
///
/// A pool may serve any number of loops; each task resumes on its own. Threads are started when
/// work needs them, at most as many as the options say, end when they have been idle for long, and
/// block all signals.
///
/// A job may run a loop of its own (`tridem::run`) and await jobs of this same pool in it: those
/// that no thread has begun are run by the waiting thread itself, so that nothing waits for ever.
/// Blocked in any other way on a job of its own pool, a job may wait for ever.
///
/// The destructor refuses the jobs that wait (their tasks get `pool_closed`), asks those that run
/// to stop, and blocks until they have returned. To let all jobs end, await `shutdown` before. No
/// other thread may use the pool at that time.
///
/// Threads: any loop's thread, unless said otherwise.
class thread_pool {
 public:
  /// Errors: std::invalid_argument when the options name no CPU that this process may use.
  /// Cost:   no thread is started yet.
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
    return with({}).submit(std::forward<F>(f), std::forward<Args>(args)...);
  }

  /// Calls `f(item)` for every item and gives the results in the order of the items (nothing for
  /// void).
  ///
  /// Each thread takes as many items at a time as are done in about 50 us, so tiny ones are cheap
  /// and long ones are spread evenly; between two such pieces other jobs of the pool get their
  /// turn. An lvalue range is borrowed until the await has ended, and `f` sees its items in place;
  /// an rvalue range is moved in; of a range without random access or size, copies are made. `f` is
  /// called by several threads at once.
  ///
  /// Errors:        the first that any call throws; what has not begun is not called any more.
  /// Cancellation:  takes effect between two items, of tiny ones after 64; then `cancelled`.
  /// Cost:          a job for each thread, 0.1 us for each piece; for an item nothing beyond its
  ///                result, which is made in place where it can be default-constructed.
  template <class F, std::ranges::input_range Range>
  auto map(F&& f, Range&& items, map_options options = {}) {
    return with({}).map(std::forward<F>(f), std::forward<Range>(items), options);
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
    return with({}).imap(std::forward<F>(f), std::forward<Range>(items), options);
  }

  /// A view of the pool whose jobs have options: `pool.with({.urgent = true}).submit(f, x)`.
  class with_options {
   public:
    with_options(thread_pool& pool, job_options how) noexcept : pool_(&pool), how_(how) {}

    template <class F, class... Args>
    auto submit(F&& f, Args&&... args) const {
      TRIDEM_GUARD_CALLABLE(F);
      return detail::make_thread_call(*pool_->crew_, how_, std::forward<F>(f),
                                      std::forward<Args>(args)...);
    }
    template <class F, std::ranges::input_range Range>
    auto map(F&& f, Range&& items, map_options options = {}) const {
      TRIDEM_GUARD_CALLABLE(F);
      return detail::map_on_threads(*pool_->crew_, how_, pool_->size(),
                                    std::decay_t<F>(std::forward<F>(f)),
                                    detail::view_for_threads(std::forward<Range>(items)), options);
    }
    template <class F, std::ranges::input_range Range>
    auto imap(F&& f, Range&& items, map_options options = {}) const {
      TRIDEM_GUARD_CALLABLE(F);
      return detail::imap_on_threads(*pool_->crew_, how_,
                                     std::make_shared<std::decay_t<F>>(std::forward<F>(f)),
                                     std::views::all(std::forward<Range>(items)),
                                     detail::in_flight_of(options, pool_->size()));
    }

   private:
    thread_pool* pool_;
    job_options how_;
  };
  [[nodiscard]] with_options with(job_options how) noexcept { return {*this, how}; }

  /// Waits until fewer than `max_pending` jobs wait for a thread; for producers that do not await
  /// each job before they make the next. No room is kept for the caller. Ends at once when the pool
  /// is shut down, and in a job of this pool, which makes room by running jobs of its own.
  ///
  /// Cancellation: at once.
  [[nodiscard]] auto room() noexcept {
    return detail::crew_awaitable<detail::room_awaiter>(*crew_);
  }

  /// Takes no more jobs, deals with those it has as `mode` says, and waits until its threads have
  /// ended. Can be awaited again, and by several.
  ///
  /// @param patience  How long jobs may go on; then those that wait are refused, and those that run
  ///                  are asked to stop and get `grace` of the options. Zero: no limit.
  /// Errors:          timeout_error when jobs go on beyond that; the pool stays closed.
  /// Cancellation:    at once; the pool stays closed, and its jobs go on.
  [[nodiscard]] task<> shutdown(shutdown_mode mode = shutdown_mode::drain,
                                duration patience = duration::zero());

  /// Threads: any.
  [[nodiscard]] thread_pool_stats stats() const noexcept;
  /// Threads at most.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  std::unique_ptr<detail::thread_crew> crew_;
};

}  // namespace tridem
