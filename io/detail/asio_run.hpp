// SPDX-License-Identifier: MIT
// A task that runs on behalf of a program of Asio: the handler that it owes an answer, and the slot
// by which it can be told to stop.
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/create_task.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace tridem::detail {

template <class T>
struct run_signature_of {
  using type = void(std::exception_ptr, T);
};
template <>
struct run_signature_of<void> {
  using type = void(std::exception_ptr);
};
template <class T>
using run_signature = typename run_signature_of<T>::type;

/// boost::system::system_error of operation_aborted: what programs of Asio know a cancellation by.
[[nodiscard]] std::exception_ptr asio_aborted() noexcept;

/// Tells a task to stop from whatever thread emits the signal, as long as there is a task.
class run_stop {
 public:
  explicit run_stop(event_loop& home) noexcept : home_(&home) {}

  /// Threads: any.
  static void request(const std::shared_ptr<run_stop>& self);
  /// The task was created. Threads: the loop's, as what follows.
  void watch(task_handle<> handle) noexcept;
  /// The task has ended. The signal may outlive it, and the loop.
  void forget() noexcept;

 private:
  void cancel() noexcept;

  std::mutex mutex_;
  event_loop* home_;  // guarded by mutex_; null when the task has ended
  std::optional<task_handle<>> handle_;
  bool requested_ = false;
};

/// A handler that will be called exactly once: with a result, or when that never comes, by the
/// destructor.
template <class T, class Handler>
class run_answer {
  using executor = boost::asio::associated_executor_t<Handler>;

 public:
  explicit run_answer(Handler handler, std::shared_ptr<run_stop> stop)
      : work_(boost::asio::get_associated_executor(handler)),
        stop_(std::move(stop)),
        handler_(std::move(handler)) {}
  run_answer(run_answer&& other) noexcept
      : work_(std::move(other.work_)),
        stop_(std::move(other.stop_)),
        handler_(std::exchange(other.handler_, std::nullopt)) {}
  run_answer& operator=(run_answer&&) = delete;
  ~run_answer() {
    if (!handler_) return;
    try {
      if constexpr (std::is_void_v<T>) {
        give(asio_aborted());
      } else {
        give(asio_aborted(), T());
      }
    } catch (...) {
      report_callback_failure("async_run", std::current_exception());
    }
  }

  template <class... Value>
  void give(std::exception_ptr error, Value... value) {
    stop_->forget();
    Handler handler = std::move(*handler_);
    handler_.reset();
    if constexpr (std::is_same_v<executor, boost::asio::system_executor>) {
      // Nobody has said where: here. Asio would end the program for an exception.
      std::move(handler)(std::move(error), std::move(value)...);
    } else {
      boost::asio::dispatch(
          boost::asio::append(std::move(handler), std::move(error), std::move(value)...));
    }
    work_.reset();
  }

  [[nodiscard]] run_stop& stop() noexcept { return *stop_; }

 private:
  boost::asio::executor_work_guard<executor> work_;
  std::shared_ptr<run_stop> stop_;
  std::optional<Handler> handler_;
};

template <class T, class Handler>
task<> run_and_answer(task<T> body, run_answer<T, Handler> answer) {
  std::exception_ptr error;
  if constexpr (std::is_void_v<T>) {
    try {
      co_await std::move(body);
    } catch (const cancelled&) {
      error = asio_aborted();
    } catch (...) {
      error = std::current_exception();
    }
    answer.give(std::move(error));
  } else {
    std::optional<T> value;
    try {
      value.emplace(co_await std::move(body));
    } catch (const cancelled&) {
      error = asio_aborted();
    } catch (...) {
      error = std::current_exception();
    }
    answer.give(std::move(error), value ? std::move(*value) : T());
  }
}

/// Starts a run: what async_initiate is given.
struct start_run {
  template <class Handler, class T>
  void operator()(Handler&& handler, task<T> body) const {
    using decayed = std::decay_t<Handler>;
    auto stop = std::make_shared<run_stop>(*home);
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([stop](boost::asio::cancellation_type) { run_stop::request(stop); });
    }
    run_answer<T, decayed> answer(std::forward<Handler>(handler), std::move(stop));
    home->call_soon_threadsafe([body = std::move(body), answer = std::move(answer)]() mutable {
      run_stop& stop = answer.stop();
      auto running = run_and_answer<T, decayed>(std::move(body), std::move(answer));
      stop.watch(create_task(std::move(running), "async_run"));
    });
  }

  event_loop* home;
};

}  // namespace tridem::detail
