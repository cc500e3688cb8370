// SPDX-License-Identifier: MIT
// Plain callables that a loop will run: soon, from another thread, or at a time.
#pragma once

#include <tridem/runtime/detail/inbox.hpp>
#include <tridem/runtime/detail/ready_queue.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>

#include <exception>
#include <utility>

namespace tridem {

class timer_handle;

namespace detail {

/// Prints an exception that a plain callback let escape: there is nobody to whom it could be
/// thrown.
void report_callback_failure(const char* where, const std::exception_ptr& error) noexcept;

template <class F>
void call_reporting(const char* where, F& f) noexcept {
  try {
    f();
  } catch (...) {
    report_callback_failure(where, std::current_exception());
  }
}

template <class F>
class soon_callback final : public ready_node {
 public:
  explicit soon_callback(F f) : f_(std::move(f)) {}
  void run() noexcept override {
    call_reporting("call_soon", f_);
    delete this;
  }
  void abandon() noexcept override { delete this; }

 private:
  F f_;
};

template <class F>
class posted_callback final : public inbox_node {
 public:
  explicit posted_callback(F f) : f_(std::move(f)) {}
  void arrive() noexcept override {
    call_reporting("call_soon_threadsafe", f_);
    delete this;
  }
  void abandon() noexcept override { delete this; }

 private:
  F f_;
};

/// A timer with a callable, shared by the wheel (while armed) and one handle.
class timed_callback_base : public timer_node {
 public:
  bool held_by_handle = true;
  bool held_by_wheel = true;

  void drop_handle() noexcept {
    held_by_handle = false;
    if (!held_by_wheel) destroy();
  }
  void drop_wheel() noexcept {
    held_by_wheel = false;
    if (!held_by_handle) destroy();
  }

 protected:
  ~timed_callback_base() = default;
  virtual void destroy() noexcept = 0;
};

template <class F>
class timed_callback final : public timed_callback_base {
 public:
  explicit timed_callback(F f) : f_(std::move(f)) {}
  void fire() noexcept override {
    call_reporting("call_later", f_);
    drop_wheel();
  }
  void abandon() noexcept override { drop_wheel(); }

 private:
  void destroy() noexcept override { delete this; }
  F f_;
};

}  // namespace detail

/// What `call_later` and `call_at` return: the way to take the call back. Dropping it changes
/// nothing.
///
/// Threads: the loop's thread only.
class [[nodiscard("keep the handle to be able to cancel; or cast it to void")]] timer_handle {
 public:
  explicit timer_handle(detail::timed_callback_base& timer) noexcept : timer_(&timer) {}
  timer_handle(timer_handle&& other) noexcept : timer_(std::exchange(other.timer_, nullptr)) {}
  timer_handle& operator=(timer_handle&& other) noexcept {
    std::swap(timer_, other.timer_);
    return *this;
  }
  ~timer_handle() {
    if (timer_ != nullptr) timer_->drop_handle();
  }

  /// Takes the call back. False when it was made already or cancelled before.
  bool cancel() noexcept;
  [[nodiscard]] time_point when() const noexcept { return timer_->deadline; }

 private:
  detail::timed_callback_base* timer_;
};

}  // namespace tridem
