// SPDX-License-Identifier: MIT
// TCP: streams, and the listener that accepts them. Step 1 of the path of an operation.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/accept_as.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/detail/stream_access.hpp>
#include <tridem/io/detail/until_readable.hpp>
#include <tridem/io/detail/write_parts.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/io/stream.hpp>

#include <chrono>
#include <cstdint>
#include <span>
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

/// A connection. One read and one write may be in flight at a time: a second one is refused with
/// device_or_resource_busy and does nothing. Both ends are told of the end of the other.
///
/// Every stream starts with TCP_NODELAY: what is written is sent at once. Closing it needs
/// `co_await s.close()` only when other tasks may still use it; the destructor closes at once, and
/// aborts when operations are pending.
///
/// Threads: the loop's thread only.
class tcp_stream {
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

  /// Reads what the peer has sent, up to `into.size()` bytes.
  ///
  /// Completes when at least one byte arrived, the peer closed its side, or the wait was cancelled.
  ///
  /// @param into    Borrowed until completion; 1 byte to 2 GiB.
  /// @returns       Bytes read; 0 is the end of the stream.
  /// Errors:        connection_reset, timed_out, not_connected; bad_file_descriptor after close().
  /// Cancellation:  prompt; bytes already taken from the kernel are returned, never lost.
  /// Cost:          no allocation; one submission (uring), or recv(2) and at most one wait (asio).
  /// Source:        io_uring_prep_recv(3), Linux 5.6.
  [[nodiscard]] auto read_some(mutable_buffer into) noexcept {
    return object_.start_reading<recv_operation>(into);
  }
  /// Waits for what the peer sends, and gives it in memory that the loop lends: a stream that waits
  /// here holds none.
  ///
  /// @returns       1 byte to 16 KiB; none at the end of the stream.
  /// Errors:        as read_some; ENOMEM when neither the loop nor the system has memory.
  /// Cancellation:  prompt; bytes already taken from the kernel are returned, never lost.
  /// Cost:          no allocation; one submission (uring), or recv(2) and at most one wait (asio).
  /// Source:        io_uring_setup_buf_ring(3), Linux 5.19.
  [[nodiscard]] auto receive() noexcept { return object_.start_reading<receive_operation>(); }
  /// Waits until there is something to read, bytes or the end, and takes nothing.
  ///
  /// Errors:        bad_file_descriptor after close(). Cancellation: prompt.
  [[nodiscard]] auto readable() noexcept { return object_.start<detail::until_readable>(); }
  /// Writes up to `from.size()` bytes, at least one; returns how many. Errors: also broken_pipe,
  /// never SIGPIPE.
  [[nodiscard]] auto write_some(const_buffer from) noexcept {
    return object_.start_writing<send_operation>(from);
  }

  /// Reads until `into` is full; returns fewer bytes only at the end of the stream.
  [[nodiscard]] task<std::size_t> read_exactly(mutable_buffer into) {
    return tridem::read_exactly(*this, into);
  }
  /// Reads into `buffer` until it holds `delimiter`; see tridem::read_until.
  [[nodiscard]] task<std::size_t> read_until(std::string& buffer, std::string_view delimiter,
                                             std::size_t limit = 64 * 1024) {
    return tridem::read_until(*this, buffer, delimiter, limit);
  }
  /// Writes all of `from`.
  [[nodiscard]] task<> write_all(const_buffer from) { return tridem::write_all(*this, from); }
  /// Writes all of several buffers, in order, with as few system calls as possible. `parts` is
  /// borrowed.
  [[nodiscard]] task<> writev(std::span<const const_buffer> parts) {
    return detail::write_parts(object_, parts);
  }

  /// Tells the peer that no more will be written (its reads end), refuses further reads, or both.
  [[nodiscard]] auto shutdown(shutdown_direction how = shutdown_direction::write) noexcept {
    return object_.start<shutdown_operation>(static_cast<int>(how));
  }
  /// Ends what is pending with an error (operation_canceled), then closes. Errors, Cancellation:
  /// none.
  [[nodiscard]] task<> close() { return object_.close(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }

  /// Errors: std::system_error, also when the peer has gone already.
  [[nodiscard]] address local_address() const;
  [[nodiscard]] address peer_address() const;

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

  /// Limits how long one read or write may wait for a byte to move; then it fails with timed_out,
  /// and the stream can be used on. A stream from a `server` has the limit of that.
  ///
  /// @param limit   Above 0; `duration::max()`, as from the start, is no limit.
  /// @param first   The same until something has been read.
  /// Cost:          an operation notes the time of its turn; no timer is set or cancelled for it.
  void idle_limit(duration limit, duration first) { object_.idle_limit(limit, first); }
  void idle_limit(duration limit) { object_.idle_limit(limit, limit); }
  [[nodiscard]] duration idle_limit() const noexcept { return object_.idle_limit(); }

  /// The number, for setsockopt and the like. Reading, writing or closing it behind our back is
  /// misuse.
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the socket. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 private:
  friend detail::stream_access;

  detail::io_object object_;
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
