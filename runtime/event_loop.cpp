// SPDX-License-Identifier: MIT
// One turn of the loop, and the path of an operation through it:
//
//   co_await stream.read_some(buf)
//     1  io/stream_socket.hpp   operation in your frame
//     2  runtime/operation.hpp  link into submitted
//     3  runtime/event_loop.cpp turn()                      <- here
//     4  io/uring/encode        node -> SQE
//     5  io/uring/basic_driver  enter .. kernel .. CQE
//     3' 2' 1'                  same files back
#include "runtime/debug/loop_debug.hpp"
#include "runtime/debug/watchdog.hpp"

#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>

#include <algorithm>
#include <cstdio>
#include <pthread.h>

namespace tridem {
namespace {

std::string name_of_this_thread() {
  char name[16] = "?";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

// Resumptions in a row before the driver gets a turn: a task that only yields must not starve I/O
// and timers.
constexpr int resumptions_per_turn_max = 64;

constexpr duration between_give_backs = std::chrono::milliseconds(5);

}  // namespace

namespace detail {

constinit thread_local loop_core* loop_core::current_ = nullptr;

void loop_core::wrong_thread(const char* what) const noexcept {
  char text[256];
  std::snprintf(
      text, sizeof text,
      "%s from thread '%s', but this loop lives on thread '%s'; use call_soon_threadsafe or "
      "run_coroutine_threadsafe from other threads",
      what, name_of_this_thread().c_str(),
      static_cast<const event_loop*>(this)->thread_name().c_str());
  misuse(text, __FILE__, __LINE__);
}

void report_callback_failure(const char* where, const std::exception_ptr& error) noexcept {
  std::fprintf(stderr, "tridem: an exception escaped a callback given to %s: %s\n", where,
               try_format_exception(error).c_str());
}

}  // namespace detail

event_loop::event_loop(std::unique_ptr<driver> served_by, const detail::debug_settings& settings)
    : driver_(std::move(served_by)),
      now_(driver_->now()),
      timers_(now_),
      thread_name_(name_of_this_thread()) {
  TRIDEM_ASSERT(current_ == nullptr,
                "a second event loop was started on this thread; run() cannot be called from a "
                "task: await instead");
  current_ = this;
  stamp = stamp_of(now_);
  if (settings.is_on) debug_ = std::make_unique<detail::loop_debug>(*this, settings);
  if (settings.watchdog > duration::zero()) {
    watched_ = std::make_unique<detail::watched_loop>(*this, thread_name_, settings.watchdog);
  }
}

event_loop::~event_loop() {
  while (!attachments_.empty()) delete &attachments_.pop_back();
  // Tasks have all ended, run() sees to it. Callbacks that are due are still called, but not what
  // they schedule in turn: one that always calls itself again must not hold up the end.
  for (detail::ready_queue due = std::exchange(ready, {}); !due.empty();) due.pop_front().run();
  inbox_.drain();
  inbox_.abandon();
  while (!ready.empty()) ready.pop_front().abandon();
  timers_.abandon_all();
  // Whoever posted last may still hold the driver, to wake a loop that has long gone on.
  while (inbox_.is_being_woken()) __builtin_ia32_pause();
  driver_.reset();
  watched_.reset();
  debug_.reset();
  current_ = nullptr;
}

event_loop& event_loop::current() noexcept {
  TRIDEM_ASSERT(current_ != nullptr,
                "no event loop runs on this thread; call this from a task, inside tridem::run");
  return *static_cast<event_loop*>(current_);
}

void event_loop::post(detail::inbox_node& node) noexcept {
  // Only the first of many pushes pays for the wake-up, and none does while the loop is awake.
  if (inbox_.push(node)) {
    driver_->wake();
    inbox_.woken();
  }
}

std::unique_ptr<driver> event_loop::exchange_driver(std::unique_ptr<driver> other) noexcept {
  check_thread("event_loop::exchange_driver");
  // Whoever wakes from now on has seen the mark of a later sleep, and with it the new driver.
  while (inbox_.is_being_woken()) __builtin_ia32_pause();
  return std::exchange(driver_, std::move(other));
}

detail::loop_attachment* event_loop::find_attachment(const char& kind) noexcept {
  detail::loop_attachment* found = nullptr;
  attachments_.for_each([&](detail::loop_attachment& one) {
    if (one.kind == &kind) found = &one;
  });
  return found;
}

timer_handle event_loop::arm(detail::timed_callback_base& timer, time_point when) noexcept {
  add_timer(timer, when);
  return timer_handle(timer);
}

bool timer_handle::cancel() noexcept {
  if (timer_ == nullptr || !timer_->held_by_wheel || !timer_->is_armed()) return false;
  event_loop::current().remove_timer(*timer_);
  timer_->drop_wheel();
  return true;
}

void event_loop::run_until(const bool& done) {
  check_thread("event_loop::run_until");
  TRIDEM_ASSERT(running == nullptr, "event_loop::run_until was called from a task; await instead");
  while (!done) turn();
}

template <class Take>
void event_loop::run_ready(Take take) {
  measure_stack_from(__builtin_frame_address(0));
  for (int budget = resumptions_per_turn_max; budget > 0 && !ready.empty(); --budget) {
    detail::ready_node& node = take();
    if (node.resume_point) {
      running = static_cast<detail::strand*>(&node);
      node.resume_point.resume();
      running = nullptr;
      if (ended != nullptr) std::exchange(ended, nullptr)->run();
    } else {
      node.run();
    }
  }
}

// Collecting comes first and resuming last, so that whoever runs turns sees the outcome before
// anything waits again.
void event_loop::turn() {
  if (watched_ != nullptr) watched_->turn_begins();
  // Polling first: with 10,000 calls under way there is always something to take, and no system
  // call is needed.
  const bool arrived = poll_sources();
  const bool busy = arrived || !ready.empty() || !inbox_.empty();
  if (debug_ != nullptr && !busy) debug_->look_for_lost_strands();
  sleep_in_driver(busy ? time_point::min() : timers_.next_deadline());

  now_ = driver_->now();
  stamp = stamp_of(now_);
  // All are marked before any is ended: the end of one may cancel another, which is over already.
  completed_.for_each([](operation& op) { op.state = operation_state::done; });
  while (!completed_.empty()) completed_.pop_front().waiter->complete();
  inbox_.drain();
  timers_.advance(now_);
  if (debug_ != nullptr) [[unlikely]] {
    run_ready([this]() -> detail::ready_node& { return debug_->take(ready); });
  } else {
    run_ready([this]() -> detail::ready_node& { return ready.pop_front(); });
  }
}

void event_loop::sleep_in_driver(time_point deadline) {
  if (deadline == time_point::min()) {
    driver_->turn(submitted, completed_, deadline);
    return;
  }
  // What was submitted must reach the kernel before this thread spends time on looking around.
  if (!submitted.empty() && !pollers_.empty()) {
    driver_->turn(submitted, completed_, time_point::min());
    // Where others share the driver, their handlers may have made tasks ready in this turn.
    if (!completed_.empty() || !ready.empty()) return;
  }
  // A burst of tasks is over when nothing is left to do; its memory goes back bit by bit.
  if (detail::give_back_frames()) deadline = std::min(deadline, now_ + between_give_backs);
  if (spin_then_prepare_sleep() || !inbox_.try_sleep()) deadline = time_point::min();
  if (watched_ != nullptr) watched_->falls_asleep();
  driver_->turn(submitted, completed_, deadline);
  if (watched_ != nullptr) watched_->wakes();
  inbox_.awake();
  pollers_.for_each([](detail::poller& source) { source.awake(); });
}

bool event_loop::poll_sources() noexcept {
  bool arrived = false;
  pollers_.for_each([&](detail::poller& source) { arrived |= source.poll(); });
  return arrived;
}

bool event_loop::spin_then_prepare_sleep() noexcept {
  if (pollers_.empty()) return false;
  int budget_ns = 0;
  pollers_.for_each(
      [&](detail::poller& source) { budget_ns = std::max(budget_ns, source.spin_ns()); });
  if (budget_ns > 0) {
    const time_point until = clock::now() + std::chrono::nanoseconds(budget_ns);
    do {
      if (poll_sources() || !inbox_.empty()) return true;
      __builtin_ia32_pause();
    } while (clock::now() < until);
  }
  bool arrived = false;
  pollers_.for_each([&](detail::poller& source) { arrived |= source.prepare_sleep(); });
  return arrived;
}

}  // namespace tridem
