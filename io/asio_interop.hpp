// SPDX-License-Identifier: MIT
// Asio, both ways: its operations awaited by our tasks, our tasks run by its programs, on one
// thread.
//
// Opt-in, and not in <tridem/tridem.hpp>: Asio is dear to compile. Link tridem::asio.
#pragma once

#include <tridem/io/detail/asio_operation.hpp>
#include <tridem/io/detail/asio_run.hpp>
#include <tridem/io/tcp.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>

#include <type_traits>
#include <utility>

namespace tridem {

/// The io_context that lives on the loop of this thread: made on first use, gone with the loop.
///
/// Sockets, timers, resolvers and whatever else of Asio and Beast may be made on it. The loop runs
/// its handlers, so never call its `run`. Which thread posts to it does not matter. Objects made on
/// it must go before the loop does: keep them in tasks.
///
/// Errors:  std::system_error (a driver that cannot share, no epoll to be had). An exception that a
/// handler lets escape is reported on stderr.
/// Threads: the loop's thread only.
/// Cost:    nothing on the Asio driver, whose own context it is. On io_uring four descriptors, and
/// from then on each sleep of the loop passes through epoll.
[[nodiscard]] boost::asio::io_context& asio_context();

/// The completion token that makes an operation of Asio an awaitable of ours.
///
///   std::size_t n = co_await socket.async_read_some(buffer, tridem::use_task);
///
/// Nothing starts before the await. A leading error_code or exception_ptr is thrown, what follows
/// it is the value: none, one, or a tuple. `as_result(...)` gives an error code instead of
/// throwing; Asio's own adapters (as_tuple, redirect_error, bind_executor, ...) go around the
/// token.
///
/// Errors:        std::system_error whose text names the operation. End of stream is an error here,
/// boost::asio::error::eof, because it is one for Asio.
/// Cancellation:  emitted as `terminal`, then the handler is awaited. An operation that has
/// completed wins. One that does not support cancellation is awaited to its end; with as_tuple and
/// redirect_error the code operation_aborted is delivered, and the next await throws.
/// Threads:       the object may belong to any io_context; handlers of the steps of an operation
/// run on this loop, and the task resumes here. Cost:          no malloc once the thread is warm;
/// the state of the wait lives in the frame.
struct use_task_t {
  /// An executor whose objects take this token when none is given.
  template <class Inner>
  struct executor_with_default : Inner {
    using default_completion_token_type = use_task_t;
    template <class Other>
      requires(!std::is_same_v<Other, executor_with_default> && std::is_convertible_v<Other, Inner>)
    executor_with_default(const Other& other) noexcept : Inner(other) {}
  };

  /// The type of an I/O object that takes this token by default.
  template <class Object>
  using as_default_on_t = typename Object::template rebind_executor<
      executor_with_default<typename Object::executor_type>>::other;

  template <class Object>
  [[nodiscard]] static auto as_default_on(Object&& object) {
    return as_default_on_t<std::decay_t<Object>>(std::forward<Object>(object));
  }
};
inline constexpr use_task_t use_task;

/// Runs `body` as a task of `home` on behalf of a program of Asio, and completes with `token`.
///
///   tridem::async_run(home, serve(5), boost::asio::use_future);
///
/// The signature is void(std::exception_ptr, T), or void(std::exception_ptr): that of co_spawn. The
/// handler is called through its executor, which is kept working until then; one without an
/// executor on the loop's thread. Asio needs a T even when there is an error, so T has a default.
///
/// Errors:        what `body` throws; boost::system::system_error with operation_aborted when it is
/// cancelled, or when the loop ends first.
/// Cancellation:  any type that the handler's slot receives cancels the task, which is awaited.
/// Threads:       any. `home` must not have ended when this is called.
/// Cost:          four allocations, and a wake-up when the loop sleeps.
template <class T, class Token>
auto async_run(event_loop& home, task<T> body, Token&& token) {
  static_assert(std::is_void_v<T> || std::is_default_constructible_v<T>,
                "tridem: Asio hands over a T beside an error: give it a default constructor, or "
                "return std::optional<T>");
  return boost::asio::async_initiate<Token, detail::run_signature<T>>(detail::start_run{&home},
                                                                      token, std::move(body));
}
/// The same on the loop of this thread.
template <class T, class Token>
auto async_run(task<T> body, Token&& token) {
  return async_run(event_loop::current(), std::move(body), std::forward<Token>(token));
}

/// Hands the connection of `stream` to a new socket of Asio, on the context of this loop: connect
/// or accept with tridem, then speak with what is written for Asio.
///
///   auto socket = tridem::into_asio<boost::asio::ip::tcp::socket>(std::move(stream));
///
/// Errors:  boost::system::system_error (no room in epoll); the connection is closed then.
/// Threads: the loop's thread only.
template <class Socket>
[[nodiscard]] Socket into_asio(tcp_stream stream) {
  using protocol = typename Socket::protocol_type;
  const bool is_ipv6 = stream.local_address().family() == address_family::ipv6;
  descriptor connection = stream.release();
  Socket socket(asio_context());
  socket.assign(is_ipv6 ? protocol::v6() : protocol::v4(), connection.get());
  static_cast<void>(connection.release());
  return socket;
}

}  // namespace tridem

template <class Signature>
class boost::asio::async_result<tridem::use_task_t, Signature> {
 public:
  using return_type = tridem::task<typename tridem::detail::asio_answer<Signature>::values::type>;

  template <class Initiation, class... Args>
  static auto initiate(Initiation&& initiation, tridem::use_task_t, Args&&... args) {
    return tridem::detail::asio_operation<Signature, std::decay_t<Initiation>,
                                          std::decay_t<Args>...>(
        std::forward<Initiation>(initiation), std::forward<Args>(args)...);
  }
};
