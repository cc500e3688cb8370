// SPDX-License-Identifier: MIT
// What a server is, but for the types of its listener and its handler: limits, counts, and the
// stages of its end.
//
//   accepting --stop(grace)--> draining --last handler ends, or grace is over--> ended
//       |                         ^
//       +--the listener fails-----+   (without a grace: handlers have all the time they need)
#pragma once

#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/task.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace tridem {

class cancel_scope;

/// What a server allows its clients.
struct server_options {
  /// Connections at a time, 1 to SIZE_MAX; more wait in the queue of the listener.
  std::size_t max_connections = 10'000;
  /// How long a client may take to send its first byte; `duration::max()`: for ever.
  duration handshake_limit = std::chrono::seconds(10);
  /// How long a read or write may then wait for a byte to move, and a `buffered_stream` for a whole
  /// line or message; `duration::max()`: for ever.
  duration idle_limit = std::chrono::seconds(60);
};

/// What a server has done.
struct server_stats {
  std::size_t open = 0;        ///< connections whose handlers have not ended
  std::uint64_t accepted = 0;  ///< connections in all
  std::uint64_t failed = 0;    ///< handlers that an error ended
  std::uint64_t pauses = 0;    ///< times that accepting paused because the system was out of means
};

namespace detail {

/// Who is told of the errors of handlers.
class error_report_base {
 public:
  virtual ~error_report_base() = default;
  virtual void operator()(const std::exception_ptr& error) = 0;
};

template <class F>
class error_report final : public error_report_base {
 public:
  explicit error_report(F f) : f_(std::move(f)) {}
  void operator()(const std::exception_ptr& error) override { f_(error); }

 private:
  F f_;
};

/// Held by the `server` object and by the server's task.
class server_core final : public std::enable_shared_from_this<server_core>, private task_owner {
 public:
  server_core(const server_options& options, std::string name);
  server_core(const server_core&) = delete;
  server_core& operator=(const server_core&) = delete;

  // Called by the object.

  /// Begins the end, or brings it forward. `stop_now` cancels all at once.
  void stop(duration grace) noexcept;
  void stop_now() noexcept;
  static task<> stop_and_wait(std::shared_ptr<server_core> self, duration grace);
  static task<> wait(std::shared_ptr<server_core> self);
  void on_error(std::unique_ptr<error_report_base> report) noexcept { report_ = std::move(report); }
  [[nodiscard]] bool is_accepting() const noexcept {
    return !is_stopping_ && failure_ == nullptr && !ended_.is_set();
  }
  [[nodiscard]] const server_stats& stats() const noexcept { return stats_; }
  [[nodiscard]] const server_options& options() const noexcept { return options_; }

  // Called by the task.

  /// Awaits `serving`, but cancels it when the grace of a stop is over.
  task<> within_grace(task<> serving);
  /// Awaits `accepting` until a stop; its error is kept, and ends nothing else.
  task<> until_stopped(task<> accepting);
  /// Waits until one more connection is allowed.
  task<> room();
  /// After an accept that failed: returns when the next may be tried; throws what is no matter of a
  /// single connection or of a shortage.
  task<> recover_from(std::error_code trouble);
  /// A connection has its handler.
  void has_accepted() noexcept {
    ++stats_.open;
    ++stats_.accepted;
    pause_ = duration::zero();
  }
  /// Hears of the end of every handler.
  [[nodiscard]] task_owner& as_owner() noexcept { return *this; }
  /// An error has escaped a handler.
  void report(const std::exception_ptr& error) noexcept;
  void has_ended() noexcept { ended_.set(); }

 private:
  void child_ended(task_control_base& handler) noexcept override;
  void tell_of_shortage(std::error_code trouble);

  const server_options options_;
  const std::string name_;
  server_stats stats_;
  std::unique_ptr<error_report_base> report_;
  event departed_;  // a connection has ended since the last look
  event ended_;
  cancel_scope* accepting_ = nullptr;   // while the task is inside
  cancel_scope* everything_ = nullptr;  // while the task is inside
  time_point end_by_ = never;
  bool is_stopping_ = false;
  std::exception_ptr failure_;                  // of the listener
  duration pause_ = duration::zero();           // the last one, until something is accepted
  time_point short_until_ = time_point::min();  // a shortage before counts as the same one
};

/// Tells those who wait for a server that it has ended, however that came.
class end_of_server {
 public:
  explicit end_of_server(server_core& core) noexcept : core_(core) {}
  end_of_server(const end_of_server&) = delete;
  end_of_server& operator=(const end_of_server&) = delete;
  ~end_of_server() { core_.has_ended(); }

 private:
  server_core& core_;
};

}  // namespace detail
}  // namespace tridem
