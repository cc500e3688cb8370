// SPDX-License-Identifier: MIT
// The way to watch a spawned task: await it, ask it, cancel it.
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/exception.hpp>

#include <cstdio>
#include <string>
#include <utility>

namespace tridem {

/// Watches a spawned task. The loop owns the task: dropping a handle neither cancels nor loses it.
/// Copies watch the same task.
///
/// `co_await h` gives a `T&` and leaves the result in place; `co_await std::move(h)` gives the `T`.
///
/// Errors:        what the task threw; `task_cancelled` when it was cancelled, because for the
/// awaiter that is a failure. Cancellation:  cancelling an await of an lvalue handle ends only the
/// watching. Awaiting `std::move(h)` owns the task: it
///                is cancelled too, and awaited to its end.
/// Threads:       the loop's thread only; the awaiter is resumed in a later step of the turn in
/// which the task ended.
template <class T = void>
class task_handle {
 public:
  using value_type = T;

  task_handle() noexcept = default;
  explicit task_handle(detail::task_control<T>& control) noexcept : control_(&control) {
    control_->add_reference();
  }
  task_handle(const task_handle& other) noexcept : control_(other.control_) {
    if (control_ != nullptr) control_->add_reference();
  }
  task_handle(task_handle&& other) noexcept : control_(std::exchange(other.control_, nullptr)) {}
  task_handle& operator=(task_handle other) noexcept {
    std::swap(control_, other.control_);
    return *this;
  }
  ~task_handle() {
    if (control_ != nullptr) control_->drop_reference();
  }

  /// The task has ended: with a value, an error, or by cancellation.
  [[nodiscard]] bool done() const noexcept { return watched().done(); }
  /// Requests the task to stop; it gets `cancelled` at its current await. Does nothing once it has
  /// ended.
  void cancel() noexcept { watched().cancel(); }
  /// The task has ended by cancellation.
  [[nodiscard]] bool cancelled() const noexcept { return watched().was_cancelled(); }
  /// The error it ended with; null when it has not ended, or ended well.
  [[nodiscard]] std::exception_ptr exception() const noexcept {
    return watched().done() ? control_->retrieve_error() : nullptr;
  }
  /// The value of a task that has ended; throws its error. Aborts when it has not ended.
  decltype(auto) result() {
    TRIDEM_ASSERT(watched().done(),
                  "result() was asked of a task that has not ended; co_await its handle");
    return take_lvalue();
  }
  [[nodiscard]] const std::string& name() const noexcept { return watched().shown_name(); }
  [[nodiscard]] std::uint64_t id() const noexcept { return watched().id; }

  /// Moves the value out of a task that has ended (library use).
  T take() { return take_rvalue(); }
  [[nodiscard]] detail::task_control<T>& control() const noexcept { return watched(); }

  class watch_awaiter;
  class owning_awaiter;
  watch_awaiter operator co_await() const& noexcept { return watch_awaiter(*this); }
  owning_awaiter operator co_await() && noexcept { return owning_awaiter(std::move(*this)); }

 private:
  [[nodiscard]] detail::task_control<T>& watched() const noexcept {
    TRIDEM_ASSERT(control_ != nullptr,
                  "a task handle was used that watches nothing: moved from, awaited by move, or "
                  "never assigned");
    return *control_;
  }
  void throw_failure() {
    if (control_->was_cancelled()) throw task_cancelled(control_->shown_name());
    if (const std::exception_ptr failure = control_->retrieve_error())
      std::rethrow_exception(failure);
  }
  std::add_lvalue_reference_t<T> take_lvalue() {
    throw_failure();
    if constexpr (std::is_void_v<T>) {
      return;
    } else if constexpr (std::is_reference_v<T>) {
      return *control_->result.stored();
    } else {
      return control_->result.stored();
    }
  }
  T take_rvalue() {
    throw_failure();
    return control_->result.take();
  }

  detail::task_control<T>* control_ = nullptr;
};

namespace detail {

/// The common part of both ways to await a handle.
class handle_awaiter_base : public suspension, public task_watcher {
 public:
  void task_ended() noexcept final { waiter->complete(); }
  bool await_ready() const noexcept { return false; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "task '%s'", task_->shown_name().c_str());
  }

 protected:
  explicit handle_awaiter_base(task_control_base& watched) noexcept : task_(&watched) {}
  handle_awaiter_base(const handle_awaiter_base&) = delete;

  /// Looks before anything else, because all of this belongs to one thread.
  void check_awaited_by(const strand& line) const noexcept {
    if (task_->done()) return;  // its loop may be gone
    task_->loop->check_thread("a task handle was awaited");
    TRIDEM_ASSERT(&line.record() != task_, "a task awaits its own handle, so it would never end");
  }

  template <class Promise>
  void watch(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    frame.line->suspend_in(*this, awaiting, frame);
    task_->watchers.push_back(*this);
  }

  task_control_base* task_;
  bool cut_short_ = false;
};

}  // namespace detail

template <class T>
class task_handle<T>::watch_awaiter final : public detail::handle_awaiter_base {
 public:
  explicit watch_awaiter(const task_handle& handle) noexcept
      : handle_awaiter_base(handle.watched()), handle_(handle) {}

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    const detail::strand& line = *awaiting.promise().line;
    check_awaited_by(line);
    cut_short_ = line.scope->is_cancelled();
    if (cut_short_ || task_->done()) return false;
    watch(awaiting);
    return true;
  }
  std::add_lvalue_reference_t<T> await_resume() {
    // A task that ended after the request but before this line has its result delivered. One that
    // was cancelled has none: what was asked of the watcher is then what counts.
    if (cut_short_ || (told_to_stop_ && (!task_->done() || task_->was_cancelled()))) {
      throw_cancelled();
    }
    return handle_.take_lvalue();
  }
  void request_cancel() noexcept override {
    told_to_stop_ = true;
    task_->watchers.erase(*this);
    waiter->complete();
  }

 private:
  task_handle handle_;
  bool told_to_stop_ = false;
};

template <class T>
class task_handle<T>::owning_awaiter final : public detail::handle_awaiter_base {
 public:
  explicit owning_awaiter(task_handle&& handle) noexcept
      : handle_awaiter_base(handle.watched()), handle_(std::move(handle)) {}

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    const detail::strand& line = *awaiting.promise().line;
    check_awaited_by(line);
    cut_short_ = line.scope->is_cancelled();
    if (cut_short_) task_->cancel();
    if (task_->done()) return false;
    watch(awaiting);
    return true;
  }
  T await_resume() {
    if (cut_short_ && task_->was_cancelled()) throw_cancelled();
    return handle_.take_rvalue();
  }
  void request_cancel() noexcept override {
    cut_short_ = true;
    task_->cancel();
  }

 private:
  task_handle handle_;
};

}  // namespace tridem
