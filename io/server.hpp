// SPDX-License-Identifier: MIT
// start_server: a task for each connection, with limits, and an end in order.
#pragma once

#include <tridem/io/detail/server_core.hpp>
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/callable_guard.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/task_group.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace tridem {

/// What gives streams: `co_await l.accept()`. tcp_listener and unix_listener are such.
template <class L>
concept stream_listener = std::movable<L> && requires(L& listener) {
  { listener.accept() } -> awaitable;
};

/// The stream that a listener gives.
template <stream_listener L>
using accepted_t = awaited_t<decltype(std::declval<L&>().accept())>;

/// A server at work; see `start_server`. Its end is the end of the server: the destructor cancels
/// what is left of it, without waiting. `co_await s.stop()` before is the end in order, and
/// `with(start_server(...), body)` does it on every way out.
///
/// Threads: the loop's thread only.
class server {
 public:
  /// No server: for a variable that gets one later, and only to be assigned to until then.
  server() = default;
  /// Library use: see `start_server`.
  explicit server(std::shared_ptr<detail::server_core> core) noexcept : core_(std::move(core)) {}
  server(server&&) noexcept = default;
  server& operator=(server&& other) noexcept {
    if (core_ != nullptr) core_->stop_now();
    core_ = std::move(other.core_);
    return *this;
  }
  ~server() {
    if (core_ != nullptr) core_->stop_now();
  }

  /// Stops accepting and closes the listener; gives the handlers `grace` to end, then cancels them;
  /// waits for the last. Can be asked again, also for a shorter grace.
  ///
  /// Cancellation:  at once; the server goes on stopping, with the grace that it was given.
  [[nodiscard]] task<> stop(duration grace = std::chrono::seconds(10)) {
    return detail::server_core::stop_and_wait(core().shared_from_this(), grace);
  }
  /// The same without any grace.
  [[nodiscard]] task<> close() { return stop(duration::zero()); }

  /// Waits until the server has ended: by `stop`, or because its listener failed.
  ///
  /// Errors:        what made the listener fail. Cancellation: at once; the server goes on.
  [[nodiscard]] task<> wait() { return detail::server_core::wait(core().shared_from_this()); }

  /// Calls `report(const std::exception_ptr&)` for each error that escapes a handler; without it,
  /// all but those that clients cause every day (a reset, an idle limit) are written to stderr with
  /// their async stack. What `report` throws is written there too.
  template <class F>
    requires std::invocable<F&, const std::exception_ptr&>
  void on_error(F report) {
    core().on_error(std::make_unique<detail::error_report<F>>(std::move(report)));
  }

  [[nodiscard]] bool is_accepting() const noexcept { return core().is_accepting(); }
  [[nodiscard]] server_stats stats() const noexcept { return core().stats(); }
  /// The limits that hold.
  [[nodiscard]] const server_options& options() const noexcept { return core().options(); }

 private:
  [[nodiscard]] detail::server_core& core() const noexcept {
    TRIDEM_ASSERT(core_ != nullptr, "a server was used that was never started, or moved from");
    return *core_;
  }

  std::shared_ptr<detail::server_core> core_;
};

namespace detail {

/// Starts the handler of a connection. Gives the error when there is no memory for it.
template <class Handler, class Stream>
std::error_code begin_connection(server_core& core, Handler& handler, Stream stream,
                                 task_group& handlers) {
  try {
    const server_options& limits = core.options();
    if constexpr (requires { stream.idle_limit(limits.idle_limit, limits.handshake_limit); }) {
      stream.idle_limit(limits.idle_limit, limits.handshake_limit);
    }
    handlers.create_task(handler(std::move(stream)));
    core.has_accepted();
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  } catch (const cancelled&) {
    throw;
  } catch (...) {
    // Of a handler that is no coroutine, before it gave a task.
    core.report(std::current_exception());
  }
  return {};
}

template <class Handler, class Listener>
task<> accept_all(server_core& core, Handler& handler, Listener& listener, task_group& handlers) {
  for (;;) {
    co_await core.room();
    auto accepted = co_await as_result(listener.accept());
    const std::error_code trouble =
        accepted ? begin_connection(core, handler, std::move(accepted).value(), handlers)
                 : accepted.error();
    if (trouble) co_await core.recover_from(trouble);
  }
}

/// The task of a server: accepts until it is told to stop, closes the listener, and ends with the
/// last handler.
template <class Handler, class Listener>
task<> serve(std::shared_ptr<server_core> core, Listener listener, Handler handler) {
  auto body = [&](task_group& handlers) -> task<> {
    handlers.tell(core->as_owner());
    Listener open = std::move(listener);
    co_await core->until_stopped(accept_all(*core, handler, open, handlers));
  };
  const end_of_server tells(*core);
  co_await core->within_grace(with_task_group(body));
}

/// The name of a server, for reports.
template <class Listener>
std::string name_of_server(const Listener& listener) {
  if constexpr (requires { listener.local_address().to_string(); }) {
    return "server on " + listener.local_address().to_string();
  } else {
    return "server";
  }
}

}  // namespace detail

/// Serves `listener`: each connection becomes a task that runs `handler(stream)`.
///
/// An error that escapes a handler ends its connection and is reported (`server::on_error`), never
/// the server. Beyond `max_connections` clients wait in the listener's queue. When descriptors or
/// memory run out, accepting pauses for growing times, one line says so, and it goes on when a
/// connection has ended or the pause is over.
///
/// @param listener  Moved in; closed when the server stops.
/// @param handler   Takes the stream by value (`task<> handler(tcp_stream)`); kept alive until the
///                  last connection has ended.
/// @param options   The limits; those of time are set on each stream (`idle_limit`).
/// Threads:         the loop's thread only; the server is a task of this loop's root scope.
/// Cost:            a task for each connection.
template <stream_listener Listener, class Handler>
[[nodiscard("the end of this object is the end of the server: keep it")]] server start_server(
    Listener listener, Handler&& handler, server_options options = {}) {
  TRIDEM_GUARD_CALLABLE(Handler);
  constexpr bool takes_stream = std::invocable<std::decay_t<Handler>&, accepted_t<Listener>>;
  static_assert(takes_stream,
                "tridem: the handler of start_server is called with the stream of a connection, by "
                "value: task<> handler(tcp_stream)");
  static_assert(awaitable<std::invoke_result_t<std::decay_t<Handler>&, accepted_t<Listener>>>,
                "tridem: the handler of start_server must return a task");
  std::string name = detail::name_of_server(listener);
  auto core = std::make_shared<detail::server_core>(options, name);
  create_task(detail::serve<std::decay_t<Handler>>(core, std::move(listener),
                                                   std::forward<Handler>(handler)),
              std::move(name));
  return server(std::move(core));
}

}  // namespace tridem
