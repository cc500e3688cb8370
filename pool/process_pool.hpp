// SPDX-License-Identifier: MIT
// process_pool: functions in worker processes, awaited like any other call.
//
//   co_await pool.submit<&f>(x)                       |  worker process
//     1 pool/process_pool.hpp call node               |
//     2 pool/codec   args -> bytes                    |
//     3 pool/channel publish slot --------------------|-> 4 worker_main.cpp  take slot
//                                                     |   5 job.hpp          find, decode, call
//     7 pool/channel reap slot  <---------------------|-- 6 worker_main.cpp  publish result
//     8 codec bytes -> value, resume                  |
#pragma once

#include <tridem/pool/detail/process_call.hpp>
#include <tridem/pool/detail/process_imap.hpp>
#include <tridem/pool/detail/process_map.hpp>
#include <tridem/pool/detail/server_use.hpp>
#include <tridem/pool/errors.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/pool/process_pool_options.hpp>
#include <tridem/runtime/task.hpp>
#include <tridem/runtime/time.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <ranges>
#include <utility>

namespace tridem {

/// Worker processes that run functions for tasks: `auto y = co_await pool.submit<&f>(x);`.
///
/// A function is named at compile time; arguments and results cross by codec<T>. Workers are
/// started when calls need them, from a fork server that executes this same program and never
/// enters its main. A worker that crashes, hangs or is killed fails exactly the call it had
/// started; the pool goes on with a new one. However this process ends, no worker is left.
///
/// The pool belongs to the loop on which it is first used. The environment, working directory,
/// limits and locale of the workers are those of that moment.
///
/// The destructor fails the calls that are open with pool_closed, kills and reaps, which takes some
/// milliseconds and at most two seconds. To let calls end, await `shutdown` before.
///
/// Threads: one loop's thread.
class process_pool {
 public:
  /// Cost: nothing is started yet. `use` is for the pools of tridem's own.
  explicit process_pool(process_pool_options options = {},
                        detail::server_use use = detail::server_use::own);
  process_pool(const process_pool&) = delete;
  process_pool& operator=(const process_pool&) = delete;
  ~process_pool();

  /// Calls `Function(args...)` in a worker and gives what it returns.
  ///
  /// Arguments live in the awaiting frame until the call has ended. For a parameter that is a view
  /// (std::span<const T>, std::string_view) what is viewed is kept, and the worker sees it in
  /// place: pass a std::span to borrow instead. A shared_memory given as an lvalue stays the
  /// caller's too. A function whose first parameter is a std::stop_token gets one.
  ///
  /// Errors:        what the function throws (see exception_codec.hpp); worker_crashed;
  ///                worker_timeout; message_too_large; pool_closed; pool_start_error;
  ///                malformed_message; what encoding throws.
  /// Cancellation:  a call that was not started is withdrawn at once. One that runs is asked to
  /// stop
  ///                (cancel_requested, stop token), then its worker gets SIGTERM, then SIGKILL,
  ///                each after the grace period. A result that comes first is delivered.
  /// Threads:       resumes on the same loop.
  /// Cost:          no allocation for small values; no system call while both sides are awake.
  template <auto Function, class... Args>
  [[nodiscard]] auto submit(Args&&... args) {
    return detail::make_process_call<Function>(*this, {}, std::forward<Args>(args)...);
  }

  /// As `submit`, for callers that would rather be refused than wait long: fails with
  /// pool_saturated at once when `max_pending` calls wait for a worker already.
  template <auto Function, class... Args>
  [[nodiscard]] auto try_submit(Args&&... args) {
    return with({.only_with_room = true}).template submit<Function>(std::forward<Args>(args)...);
  }

  /// Calls `Function(item)` for every item and gives the results in the order of the items (nothing
  /// for void).
  ///
  /// Items are sent in chunks, so that tiny ones are cheap. A function whose first parameter is a
  /// std::stop_token gets one. An lvalue range is borrowed until the
  /// await has ended, an rvalue range is moved in.
  ///
  /// Errors:        those of submit; the first one stops the rest.
  /// Cancellation:  takes effect between two items of each chunk, else as in submit.
  template <auto Function, std::ranges::random_access_range Range>
    requires std::ranges::sized_range<Range>
  [[nodiscard]] auto map(Range&& items, map_options options = {}) {
    return with({}).template map<Function>(std::forward<Range>(items), options);
  }

  /// Calls `Function(a, b, ...)` for every tuple (a, b, ...) of the range; else as `map`.
  template <auto Function, std::ranges::random_access_range Range>
    requires std::ranges::sized_range<Range>
  [[nodiscard]] auto starmap(Range&& items, map_options options = {}) {
    return with({}).template starmap<Function>(std::forward<Range>(items), options);
  }

  /// As `map`, but gives the results one by one, in the order of the items, while the next are
  /// being computed: `auto results = pool.imap<&f>(items); while (auto* y = co_await
  /// results.next()) ...`.
  ///
  /// At most `in_flight` calls of `chunk` items (1 unless set) are under way or unread; the items
  /// are asked for when there is room, so that the range may be endless. An lvalue range is
  /// borrowed as long as the stream lives.
  ///
  /// Errors:        those of submit, after the results before it; the stream has then ended.
  /// Cancellation:  dropping the stream cancels what is under way.
  template <auto Function, std::ranges::input_range Range>
  [[nodiscard]] auto imap(Range&& items, map_options options = {}) {
    return with({}).template imap<Function>(std::forward<Range>(items), options);
  }

  /// As `imap`, with the results in the order in which they are ready.
  template <auto Function, std::ranges::input_range Range>
  [[nodiscard]] auto imap_unordered(Range&& items, map_options options = {}) {
    return with({}).template imap_unordered<Function>(std::forward<Range>(items), options);
  }

  /// A view of the pool whose calls have options: `pool.with({.idempotent = true}).submit<&f>(x)`.
  class with_options {
   public:
    with_options(process_pool& pool, call_options how) noexcept : pool_(&pool), how_(how) {}

    template <auto Function, class... Args>
    [[nodiscard]] auto submit(Args&&... args) const {
      return detail::make_process_call<Function>(*pool_, how_, std::forward<Args>(args)...);
    }
    template <auto Function, std::ranges::random_access_range Range>
      requires std::ranges::sized_range<Range>
    [[nodiscard]] auto map(Range&& items, map_options options = {}) const {
      return detail::process_map<Function, detail::item_form::whole>(
          *pool_, pool_->size(), how_, std::views::all(std::forward<Range>(items)), options);
    }
    template <auto Function, std::ranges::random_access_range Range>
      requires std::ranges::sized_range<Range>
    [[nodiscard]] auto starmap(Range&& items, map_options options = {}) const {
      return detail::process_map<Function, detail::item_form::spread>(
          *pool_, pool_->size(), how_, std::views::all(std::forward<Range>(items)), options);
    }
    template <auto Function, std::ranges::input_range Range>
    [[nodiscard]] auto imap(Range&& items, map_options options = {}) const {
      return detail::process_imap<Function, detail::item_form::whole>(
          *pool_, how_, std::views::all(std::forward<Range>(items)),
          std::max(options.chunk, std::size_t{1}),
          buffered(detail::in_flight_of(options, pool_->size())));
    }
    template <auto Function, std::ranges::input_range Range>
    [[nodiscard]] auto imap_unordered(Range&& items, map_options options = {}) const {
      return detail::process_imap<Function, detail::item_form::whole>(
          *pool_, how_, std::views::all(std::forward<Range>(items)),
          std::max(options.chunk, std::size_t{1}),
          buffered_unordered(detail::in_flight_of(options, pool_->size())));
    }

   private:
    process_pool* pool_;
    call_options how_;
  };
  [[nodiscard]] with_options with(call_options how) noexcept { return {*this, how}; }

  /// Waits until fewer than `max_pending` calls wait for a worker; for producers that do not await
  /// each call before they make the next. No room is kept for the caller. Ends at once when the
  /// pool is shut down.
  ///
  /// Cancellation: at once.
  [[nodiscard]] task<> room();

  /// Takes no more calls, deals with those it has as `mode` says, and waits until every process has
  /// ended. Can be awaited again, and by several.
  ///
  /// @param patience  After this, whatever is left is killed; zero for no limit.
  /// Cancellation:    at once; the pool stays closed, and goes on closing.
  [[nodiscard]] task<> shutdown(shutdown_mode mode = shutdown_mode::drain,
                                duration patience = duration::zero());

  /// Changes the number of workers at most, 1 or more. Those that are too many end the call that
  /// they have begun, and leave.
  void resize(std::size_t workers);

  /// Cost: two small files of /proc for each worker.
  [[nodiscard]] process_pool_stats stats() const;
  /// Workers at most.
  [[nodiscard]] std::size_t size() const noexcept { return options_.workers; }
  [[nodiscard]] const process_pool_options& options() const noexcept { return options_; }

 private:
  friend class detail::process_call;

  /// The core for `home`, made on first use.
  detail::process_core& bind(event_loop& home);

  process_pool_options options_;
  detail::server_use use_;
  bool closed_ = false;
  std::shared_ptr<detail::process_core> core_;
};

}  // namespace tridem
