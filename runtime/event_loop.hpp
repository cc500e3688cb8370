// SPDX-License-Identifier: MIT
// The loop: resumes what is ready, hands what was asked for to the driver, collects what has
// completed.
#pragma once

#include <tridem/runtime/detail/callback.hpp>
#include <tridem/runtime/detail/debug_settings.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/detail/inbox.hpp>
#include <tridem/runtime/detail/loop_attachment.hpp>
#include <tridem/runtime/detail/loop_core.hpp>
#include <tridem/runtime/detail/poller.hpp>
#include <tridem/runtime/detail/scope_node.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/time.hpp>

#include <memory>
#include <string>
#include <utility>

namespace tridem {

namespace detail {
class loop_debug;
class watched_loop;
}  // namespace detail

/// One loop, one thread. Made by `run`; code inside tasks finds it by `current()`.
///
/// Unless said otherwise its members belong to the loop's thread, and abort with both thread names
/// elsewhere.
class event_loop : public detail::loop_core {
 public:
  /// Takes over `served_by` and binds the loop to the calling thread, which must have none yet.
  explicit event_loop(std::unique_ptr<driver> served_by,
                      const detail::debug_settings& settings = {});
  ~event_loop();

  /// The loop that runs on this thread. Aborts when there is none.
  [[nodiscard]] static event_loop& current() noexcept;
  [[nodiscard]] static event_loop* current_or_null() noexcept {
    return static_cast<event_loop*>(loop_core::current());
  }

  /// The time at which this turn began; read once a turn.
  [[nodiscard]] time_point now() const noexcept { return now_; }
  /// The time at this moment, from the driver's clock.
  [[nodiscard]] time_point fresh_now() const noexcept { return driver_->now(); }
  [[nodiscard]] const char* driver_name() const noexcept { return driver_->name(); }

  /// Calls `f()` in a later step of this turn. An exception from `f` is reported on stderr. Cost:
  /// one allocation.
  template <class F>
  void call_soon(F f) {
    check_thread("event_loop::call_soon");
    ready.push_back(*new detail::soon_callback<F>(std::move(f)));
  }
  /// Calls `f()` from the loop's thread, soon. Threads: any; wakes the loop when it sleeps. Cost:
  /// one allocation. Calls that arrive while the loop ends are made as its last act; the caller
  /// keeps the loop alive until then.
  template <class F>
  void call_soon_threadsafe(F f) {
    post(*new detail::posted_callback<F>(std::move(f)));
  }
  /// Calls `f()` once `when` has passed (`call_later`: a span from now), unless the handle is
  /// cancelled before.
  template <class F>
  timer_handle call_at(time_point when, F f) {
    check_thread("event_loop::call_at");
    auto* timer = new detail::timed_callback<F>(std::move(f));
    return arm(*timer, when);
  }
  template <class F>
  timer_handle call_later(duration span, F f) {
    return call_at(detail::after(fresh_now(), span), std::move(f));
  }

  /// Hands `node` to the loop, waking it when it sleeps. Threads: any. Cost: one exchange; a system
  /// call only to wake.
  void post(detail::inbox_node& node) noexcept;

  /// The driver that serves this loop (library use).
  [[nodiscard]] driver& served_by() noexcept { return *driver_; }
  /// Puts `other` in the place of the driver and gives that back (library use: `other` is a wrapper
  /// of it, made by a task or callback of this loop).
  [[nodiscard]] std::unique_ptr<driver> exchange_driver(std::unique_ptr<driver> other) noexcept;

  /// What this loop has of `T`, made on the first call (library use; see
  /// detail/loop_attachment.hpp).
  template <class T>
  [[nodiscard]] T& attachment() {
    if (detail::loop_attachment* found = find_attachment(T::kind)) return static_cast<T&>(*found);
    auto* made = new T(*this);
    attachments_.push_back(*made);
    return *made;
  }

  void add_timer(detail::timer_node& timer, time_point when) noexcept {
    timers_.insert(timer, when);
  }
  void remove_timer(detail::timer_node& timer) noexcept { timers_.erase(timer); }
  void add_poller(detail::poller& source) noexcept { pollers_.push_back(source); }
  void remove_poller(detail::poller& source) noexcept { poller_list::erase(source); }

  /// Runs turns until `done` holds, which is looked at between turns.
  void run_until(const bool& done);
  /// One turn. When nothing is ready it waits, at most until the next timer.
  void turn();
  /// Something was posted that no turn has taken yet. Threads: any.
  [[nodiscard]] bool has_posted() const noexcept { return !inbox_.empty(); }

  /// A time in units of 2^20 ns, about 1 ms, which take no division. It wraps around after seven
  /// weeks.
  [[nodiscard]] static std::uint32_t stamp_of(time_point when) noexcept {
    return static_cast<std::uint32_t>(when.time_since_epoch().count() >> stamp_shift);
  }
  static constexpr int stamp_shift = 20;

  /// The scope of all tasks that nobody else owns; all others are in scopes below it.
  [[nodiscard]] detail::scope_node& root_scope() noexcept { return root_scope_; }
  /// A task is left that has not ended.
  [[nodiscard]] bool has_tasks() const noexcept { return !root_scope_.children().empty(); }
  [[nodiscard]] std::uint64_t next_task_id() noexcept { return ++task_ids_; }
  /// The name of the thread that the loop is bound to.
  [[nodiscard]] const std::string& thread_name() const noexcept { return thread_name_; }

 private:
  using poller_list = detail::intrusive_list<detail::poller, detail::poller_tag>;

  [[nodiscard]] detail::loop_attachment* find_attachment(const char& kind) noexcept;
  timer_handle arm(detail::timed_callback_base& timer, time_point when) noexcept;
  template <class Take>
  void run_ready(Take take);
  [[nodiscard]] bool poll_sources() noexcept;
  [[nodiscard]] bool spin_then_prepare_sleep() noexcept;
  void sleep_in_driver(time_point deadline);

  detail::frame_allowance frames_;  // first, so that it outlives whatever frees frames
  std::unique_ptr<driver> driver_;
  detail::inbox inbox_;
  time_point now_;
  detail::timer_wheel timers_;
  poller_list pollers_;
  operation_list completed_;
  std::uint64_t task_ids_ = 0;
  detail::scope_node root_scope_;
  detail::intrusive_list<detail::loop_attachment, detail::loop_attachment_tag> attachments_;
  std::string thread_name_;
  std::unique_ptr<detail::loop_debug> debug_;      // null unless in debug mode
  std::unique_ptr<detail::watched_loop> watched_;  // null unless under the watchdog's eyes
};

}  // namespace tridem
