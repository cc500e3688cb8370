// SPDX-License-Identifier: MIT
// TCP: streams, and the listener that accepts them.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/accept_as.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/stream_socket.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace tridem {

/// When a silent peer is asked, and given up.
struct keep_alive_options {
  std::chrono::seconds after{60};  // of silence, the first time; 1 to 32767
  std::chrono::seconds every{10};  // then, until it answers; 1 to 32767
  int probes = 6;                  // without an answer, then it is gone; 1 to 127
};

/// How a connection is made.
struct connect_options {
  /// Where it starts from; of family `none`, as from the start, the system chooses. With port 0 the
  /// system chooses that, and may give it to several connections with different peers.
  address local;
  /// Bytes that the kernel keeps for either direction; 0 leaves it to the system, which lets them
  /// grow as needed. To be known before the connection stands, for they decide on its window.
  int send_buffer = 0;
  int receive_buffer = 0;
  /// To a peer that was met before the first write travels with the first packet, and `connect`
  /// succeeds before the peer has answered. Source: tcp(7), TCP_FASTOPEN_CONNECT.
  bool fast_open = false;
};

/// A connection over TCP: what can be read and written stands in stream_socket. Both ends are told
/// of the end of the other.
///
/// Every stream starts with TCP_NODELAY: what is written is sent at once.
///
/// Threads: the loop's thread only.
class tcp_stream : public stream_socket {
 public:
  tcp_stream() = default;
  /// Takes over a connected, non-blocking socket.
  explicit tcp_stream(descriptor socket) noexcept;

  /// Connects to `peer`.
  ///
  /// Errors:        std::system_error (connection refused, timed out, ...) that names the address.
  /// Cancellation:  prompt; the half-made connection is closed.
  [[nodiscard]] static task<tcp_stream> connect(address peer, connect_options options = {});
  /// Connects to a numeric host or "localhost".
  ///
  /// Errors: also std::invalid_argument when `host` is a name, which needs resolve().
  [[nodiscard]] static task<tcp_stream> connect(std::string host, std::uint16_t port,
                                                connect_options options = {});

  /// Whether small writes are sent at once (on from the start) or gathered.
  ///
  /// Errors of this and the next four: std::system_error that names the option.
  void no_delay(bool at_once);
  /// Asks a silent peer for signs of life; without one, reads and writes fail with timed_out.
  void keep_alive(keep_alive_options options);
  void no_keep_alive();
  /// Gives up a connection when what was sent is not acknowledged within `limit` (1 ms and more; 0
  /// is the system's default, about 15 minutes). Source: tcp(7), TCP_USER_TIMEOUT.
  void acknowledged_within(std::chrono::milliseconds limit);
  /// From now on closing throws away what was not sent yet, and the peer sees connection_reset
  /// instead of an end: for peers that misbehave. Source: socket(7), SO_LINGER of 0.
  void reset_at_close();
};

/// How a listener is made.
struct listen_options {
  int backlog = 4096;  // connections that wait to be accepted; the kernel cuts it at somaxconn
  bool reuse_address = true;  // bind although connections of a former process linger
  bool reuse_port = false;    // share the port with other listeners; the kernel spreads connections
  bool ipv6_only = false;     // an IPv6 listener refuses IPv4
  int fast_open = 0;    // so many may bring data with their first packet (TCP_FASTOPEN); 0 is none
  int send_buffer = 0;  // bytes that the kernel keeps for each connection, see connect_options
  int receive_buffer = 0;  // the same for what comes
};

/// A socket that accepts connections.
///
/// Threads: the loop's thread only. Any number of accepts may be in flight.
class tcp_listener {
 public:
  tcp_listener() = default;
  /// Takes over a socket that listens already: from another process, or from systemd.
  explicit tcp_listener(descriptor listening) noexcept : object_(std::move(listening)) {}
  /// Binds and listens, at once. Port 0 lets the kernel choose; `local_address` tells.
  ///
  /// Errors: std::system_error (address in use, permission denied, ...) that names the address.
  [[nodiscard]] static tcp_listener bind(const address& at, listen_options options = {});

  /// Waits for a connection and gives its stream.
  ///
  /// Errors:        too_many_files_open, connection_aborted (the next accept is not affected).
  /// Cancellation:  prompt; a connection that was accepted already is delivered.
  /// Cost:          no allocation.
  [[nodiscard]] auto accept() noexcept { return object_.start<detail::accept_as<tcp_stream>>(); }

  /// Ends pending accepts with an error (operation_canceled), then closes. Errors, Cancellation:
  /// none.
  [[nodiscard]] task<> close() { return object_.close(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] address local_address() const;
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the socket, in which connections go on to wait. Aborts when accepts are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 private:
  detail::io_object object_;
};

}  // namespace tridem
