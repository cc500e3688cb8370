// SPDX-License-Identifier: MIT
// What the tests of Asio share: an operation whose handler the test holds, and a context of another
// thread.
#pragma once

#include <tridem/io/asio_interop.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <optional>
#include <thread>
#include <utility>

namespace tridem::test {

namespace asio = boost::asio;
using local_socket = asio::local::stream_protocol::socket;

/// Two connected sockets on `context`.
struct socket_pair {
  explicit socket_pair(asio::io_context& context) : left(context), right(context) {
    asio::local::connect_pair(left, right);
  }
  local_socket left;
  local_socket right;
};

/// An operation of Asio that ends when the test calls, or destroys, its handler.
template <class Signature>
struct held_operation {
  template <class Token>
  auto start(Token&& token) {
    return asio::async_initiate<Token, Signature>(
        [this](auto given) {
          handler.emplace(std::move(given));
          auto slot = asio::get_associated_cancellation_slot(*handler);
          if (slot.is_connected()) {
            slot.assign([this](asio::cancellation_type type) { asked_to_stop = type; });
          }
          ++started;
        },
        token);
  }
  template <class... Args>
  void complete(Args... args) {
    auto called = std::move(*handler);
    handler.reset();
    std::move(called)(std::move(args)...);
  }

  std::optional<asio::any_completion_handler<Signature>> handler;
  asio::cancellation_type asked_to_stop = asio::cancellation_type::none;
  int started = 0;
};

/// An io_context that another thread runs.
class context_elsewhere {
 public:
  context_elsewhere() : thread_([this] { context.run(); }) {}
  ~context_elsewhere() { finish(); }
  /// Destroys what is pending, as the thread stops.
  void finish() {
    if (!thread_.joinable()) return;
    context.stop();
    thread_.join();
  }
  [[nodiscard]] std::thread::id id() const { return thread_.get_id(); }

  asio::io_context context{1};

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
  std::thread thread_;
};

}  // namespace tridem::test
