// SPDX-License-Identifier: MIT
// Unix sockets that keep messages apart: datagrams between any, and connections of messages.
// Neither loses or reorders a message.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/accept_as.hpp>
#include <tridem/io/detail/datagram_operation.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/detail/unix_binding.hpp>
#include <tridem/io/detail/unix_message.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/io/stream.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tridem {
namespace detail {

/// What both kinds have: messages with descriptors, ends, addresses. Any number of sends and
/// receives may be in flight: each takes a whole message.
class unix_message_socket {
 public:
  unix_message_socket() = default;
  explicit unix_message_socket(descriptor socket) noexcept : object_(std::move(socket)) {}

  /// Sends one message to the peer; waits while it has no room.
  ///
  /// @param from    Borrowed until completion; 0 bytes to the send buffer's size (about 200 KiB).
  /// @returns       Bytes sent: all of them.
  /// Errors:        message_size; broken_pipe or connection_refused when the peer is gone.
  /// Cancellation:  prompt; the message is sent whole or not at all.
  [[nodiscard]] auto send(const_buffer from) noexcept {
    return object_.start<send_operation>(from, asked_anew);
  }
  /// Sends one message and copies of `descriptors`; see unix_stream::send_with_descriptors.
  [[nodiscard]] task<std::size_t> send_with_descriptors(const_buffer from,
                                                        std::span<const int> descriptors) {
    return detail::send_with_descriptors(object_, claim::none, from, descriptors);
  }
  /// Receives one message and the descriptors that came with it; see unix_stream::receive.
  ///
  /// Errors, Cancellation: as there; a message that does not fit is cut, `full_size` says so.
  [[nodiscard]] task<received_message> receive(mutable_buffer into,
                                               std::size_t most = most_descriptors) {
    return detail::receive_with_descriptors(object_, claim::none, into, most);
  }

  /// Who made the other end: of pairs and connections only.
  [[nodiscard]] unix_credentials peer_credentials() const {
    return peer_credentials_of(object_.fd());
  }
  [[nodiscard]] address local_address() const;
  [[nodiscard]] address peer_address() const;
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }

 protected:
  io_object object_;
};

}  // namespace detail

/// A socket for messages to and from any other. A sender waits while the receiver's queue is full.
///
/// Threads: the loop's thread only.
class unix_datagram : public detail::unix_message_socket {
 public:
  using unix_message_socket::unix_message_socket;

  /// A socket with a name, at once: a path, or '@' and a name without a file. The file goes with
  /// the socket.
  ///
  /// Errors: std::system_error that names the address.
  [[nodiscard]] static unix_datagram bind(std::string_view path);
  /// A socket whose `send` goes to the socket at `path`, at once. It has no name itself, so that
  /// nobody can answer: bind one and call connect_to for that.
  [[nodiscard]] static unix_datagram connect(std::string_view path);
  /// Makes the socket at `path` the only partner.
  void connect_to(std::string_view path);
  /// Two sockets that are connected with each other.
  [[nodiscard]] static std::pair<unix_datagram, unix_datagram> pair();

  /// Sends one message to the socket at `to`; see `send`.
  [[nodiscard]] auto send_to(const_buffer from, const address& to) noexcept {
    return object_.start<detail::send_to_operation>(from, to, detail::asked_anew);
  }
  /// Receives one message and tells who sent it; descriptors that came with it are closed.
  [[nodiscard]] auto receive_from(mutable_buffer into) noexcept {
    return object_.start<detail::receive_from_operation>(into);
  }

  /// Ends what is pending with an error (operation_canceled), closes, and removes the file, if it
  /// is still its own. Errors, Cancellation: none.
  [[nodiscard]] task<> close();

 private:
  detail::unix_binding binding_;
};

/// A connection that keeps messages apart (SOCK_SEQPACKET). `receive` gives 0 bytes at its end, and
/// for an empty message too: do not send empty ones.
///
/// Threads: the loop's thread only.
class unix_seqpacket : public detail::unix_message_socket {
 public:
  using unix_message_socket::unix_message_socket;

  /// Connects to a unix_seqpacket_listener; see unix_stream::connect.
  [[nodiscard]] static task<unix_seqpacket> connect(std::string path);
  /// Two ends that are connected with each other.
  [[nodiscard]] static std::pair<unix_seqpacket, unix_seqpacket> pair();

  /// Tells the peer that no more will be sent, refuses further receives, or both.
  [[nodiscard]] auto shutdown(shutdown_direction how = shutdown_direction::write) noexcept {
    return object_.start<shutdown_operation>(static_cast<int>(how));
  }
  /// Ends what is pending with an error (operation_canceled), then closes. Errors, Cancellation:
  /// none.
  [[nodiscard]] task<> close() { return object_.close(); }
  /// Hands over the socket. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }
};

/// A socket that accepts connections of messages.
///
/// Threads: the loop's thread only. Any number of accepts may be in flight.
class unix_seqpacket_listener {
 public:
  unix_seqpacket_listener() = default;
  /// Binds and listens, at once; see unix_listener::bind.
  [[nodiscard]] static unix_seqpacket_listener bind(std::string_view path,
                                                    unix_listen_options options = {});
  /// Waits for a connection and gives it; see unix_listener::accept.
  [[nodiscard]] auto accept() noexcept {
    return object_.start<detail::accept_as<unix_seqpacket>>();
  }
  /// Ends pending accepts with an error (operation_canceled), closes, and removes the file, if it
  /// is still its own. Errors, Cancellation: none.
  [[nodiscard]] task<> close();
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] address local_address() const;
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }

 private:
  detail::unix_binding binding_;
  detail::io_object object_;
};

}  // namespace tridem
