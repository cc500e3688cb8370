// SPDX-License-Identifier: MIT
// UDP: messages that arrive whole or not at all.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/datagram_operation.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/operations.hpp>

namespace tridem {

/// How a UDP socket is made.
struct udp_options {
  bool reuse_address = false;  // bind although another socket is bound there (multicast receivers)
  bool reuse_port = false;     // share the port; the kernel spreads senders over the sockets
  bool broadcast = false;      // may send to broadcast addresses
  bool ipv6_only = false;      // an IPv6 socket takes no IPv4
};

/// A UDP socket. Any number of sends and receives may be in flight: each takes a whole message.
///
/// Threads: the loop's thread only.
class udp_socket {
 public:
  udp_socket() = default;
  /// Takes over a UDP socket.
  explicit udp_socket(descriptor socket) noexcept : object_(std::move(socket)) {}

  /// A socket with a place of its own, at once. Port 0 lets the kernel choose; `local_address`
  /// tells.
  ///
  /// Errors: std::system_error (address in use, permission denied, ...) that names the address.
  [[nodiscard]] static udp_socket bind(const address& at, udp_options options = {});
  /// A socket that sends to `peer` and takes messages of `peer` only, at once: nothing is sent.
  ///
  /// Errors: std::system_error (network unreachable, ...) that names the address.
  [[nodiscard]] static udp_socket connect(const address& peer, udp_options options = {});
  /// Makes `peer` the only partner of a socket that is bound already; an empty address ends that,
  /// and gives up a port that the kernel chose.
  void connect_to(const address& peer);

  /// Sends one message to `to`.
  ///
  /// @param from    Borrowed until completion; 0 to 65507 bytes (IPv4), more with `segment_size`.
  /// @returns       Bytes sent: all of them.
  /// Errors:        message_size, network_unreachable, permission_denied (broadcast), ...
  /// Cancellation:  prompt; the message is sent whole or not at all.
  /// Cost:          no allocation; one submission (uring), or sendmsg(2) (asio).
  [[nodiscard]] auto send_to(const_buffer from, const address& to) noexcept {
    return object_.start<detail::send_to_operation>(from, to);
  }
  /// Receives one message, and tells who sent it.
  ///
  /// Completes when a message arrived. What does not fit into `into` is lost, and said so.
  ///
  /// @param into    Borrowed until completion; 0 bytes to 2 GiB.
  /// @returns       Sizes and sender; see datagram.
  /// Errors:        of a connected socket: connection_refused, when nobody listens at the peer.
  /// Cancellation:  prompt; a message taken from the kernel is delivered, never lost.
  /// Cost:          no allocation; one submission (uring), or recvmsg(2) and at most one wait
  ///                (asio).
  [[nodiscard]] auto receive_from(mutable_buffer into) noexcept {
    return object_.start<detail::receive_from_operation>(into);
  }

  /// Sends one message to the peer of a connected socket.
  ///
  /// Errors: also destination_address_required, and connection_refused of an earlier message.
  [[nodiscard]] auto send(const_buffer from) noexcept {
    return object_.start<send_operation>(from);
  }
  /// Receives one message of the peer; see receive_from.
  [[nodiscard]] auto receive(mutable_buffer into) noexcept { return receive_from(into); }

  /// Ends what is pending with an error (operation_canceled), then closes. Errors, Cancellation:
  /// none.
  [[nodiscard]] task<> close() { return object_.close(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }

  /// Errors of all below: std::system_error that names the option.
  [[nodiscard]] address local_address() const;
  /// Errors: not_connected.
  [[nodiscard]] address peer_address() const;

  /// Receives what is sent to `group`, on the interface of that number (if_nametoindex(3)); 0 lets
  /// the system choose.
  void join(const address& group, unsigned interface = 0);
  void leave(const address& group, unsigned interface = 0);
  /// Sends to groups through that interface.
  void multicast_interface(unsigned interface);
  /// Whether this machine receives what it sends to groups (on from the start).
  void multicast_loopback(bool on);
  /// How many routers a message to a group passes, 0 to 255 (1 from the start).
  void multicast_hops(int count);
  /// Lets `send` and `send_to` cut a larger buffer into messages of so many bytes (the last may be
  /// shorter), for one system call; 0 ends that. At most 64 messages, 65535 bytes in all.
  ///
  /// Source: udp(7), UDP_SEGMENT, Linux 4.18.
  void segment_size(int bytes);

  /// The number, for setsockopt and the like. Reading, writing or closing it behind our back is
  /// misuse.
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the socket. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 private:
  detail::io_object object_;
};

}  // namespace tridem
