// SPDX-License-Identifier: MIT
// Unix sockets that carry streams of bytes between processes of one machine, descriptors too.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/accept_as.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/detail/stream_access.hpp>
#include <tridem/io/detail/unix_binding.hpp>
#include <tridem/io/detail/unix_message.hpp>
#include <tridem/io/detail/until_readable.hpp>
#include <tridem/io/detail/write_parts.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/io/stream.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tridem {

/// A connection within this machine. One read and one write may be in flight at a time: a second
/// one is refused with device_or_resource_busy and does nothing.
///
/// Threads: the loop's thread only.
class unix_stream {
 public:
  unix_stream() = default;
  /// Takes over a connected socket.
  explicit unix_stream(descriptor socket) noexcept : object_(std::move(socket)) {}

  /// Connects to the listener at `peer`; while its backlog is full, tries again with growing
  /// pauses (1 ms to 50 ms), because the system has no event for that.
  ///
  /// Errors:        std::system_error (no such file, connection refused, ...) that names the
  ///                address; std::invalid_argument for a path that is too long.
  /// Cancellation:  prompt; the half-made connection is closed.
  [[nodiscard]] static task<unix_stream> connect(address peer);
  /// The same by path, or '@' and a name without a file.
  [[nodiscard]] static task<unix_stream> connect(std::string path);

  /// Two ends that are connected with each other.
  ///
  /// Errors: std::system_error (too many open files).
  [[nodiscard]] static std::pair<unix_stream, unix_stream> pair();

  /// Reads what the peer has sent; see tcp_stream::read_some. Descriptors that came with these
  /// bytes are closed: `receive` takes them.
  [[nodiscard]] auto read_some(mutable_buffer into) noexcept {
    return object_.start_reading<recv_operation>(into);
  }
  /// Gives what the peer has sent in memory that the loop lends; see tcp_stream::receive.
  /// Descriptors that came with these bytes are closed.
  [[nodiscard]] auto receive() noexcept { return object_.start_reading<receive_operation>(); }
  /// Waits until there is something to read, bytes or the end, and takes nothing.
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

  /// Writes like write_some, and gives the peer copies of `descriptors` with the first of the
  /// bytes. Both are borrowed; the descriptors stay open here.
  ///
  /// @param from         1 byte at least: descriptors do not travel alone.
  /// @param descriptors  0 to 253.
  /// @returns            Bytes written; the descriptors are on their way when it is not an error.
  /// Errors:             also invalid_argument (no byte, too many descriptors),
  ///                     bad_file_descriptor, too_many_links (ETOOMANYREFS: too many on their way).
  /// Source:             unix(7), SCM_RIGHTS.
  [[nodiscard]] task<std::size_t> send_with_descriptors(const_buffer from,
                                                        std::span<const int> descriptors) {
    return detail::send_with_descriptors(object_, detail::claim::writing, from, descriptors);
  }
  /// Reads like read_some, and takes the descriptors that came with the bytes. They are closed on
  /// exec, owned by the result, and none is ever lost unseen: see received_message.
  ///
  /// @param most     The most descriptors to take, 0 to 253.
  /// @returns        Bytes and descriptors; 0 bytes is the end of the stream.
  /// Cancellation:   prompt; what was taken from the kernel is delivered.
  [[nodiscard]] task<received_message> receive(mutable_buffer into,
                                               std::size_t most = most_descriptors) {
    return detail::receive_with_descriptors(object_, detail::claim::reading, into, most);
  }

  /// Who made the other end of the connection: the process and user at that moment.
  ///
  /// Source: unix(7), SO_PEERCRED.
  [[nodiscard]] unix_credentials peer_credentials() const {
    return detail::peer_credentials_of(object_.fd());
  }

  /// Tells the peer that no more will be written (its reads end), refuses further reads, or both.
  [[nodiscard]] auto shutdown(shutdown_direction how = shutdown_direction::write) noexcept {
    return object_.start<shutdown_operation>(static_cast<int>(how));
  }
  /// Ends what is pending with an error (operation_canceled), then closes. Errors, Cancellation:
  /// none.
  [[nodiscard]] task<> close() { return object_.close(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }

  /// An end that was not bound has an address without name: "unix:".
  [[nodiscard]] address local_address() const;
  [[nodiscard]] address peer_address() const;

  /// Limits how long one read or write may wait for a byte to move; see tcp_stream::idle_limit.
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

/// A socket that accepts streams.
///
/// Threads: the loop's thread only. Any number of accepts may be in flight.
class unix_listener {
 public:
  unix_listener() = default;
  /// Takes over a socket that listens already: from another process, or from systemd. Its file, if
  /// it has one, belongs to whoever made it.
  explicit unix_listener(descriptor listening) noexcept : object_(std::move(listening)) {}
  /// Binds and listens, at once.
  ///
  /// Errors: std::system_error (address in use, permission denied, ...) that names the address.
  [[nodiscard]] static unix_listener bind(const address& at, unix_listen_options options = {});
  /// The same by path, or '@' and a name without a file.
  [[nodiscard]] static unix_listener bind(std::string_view path, unix_listen_options options = {}) {
    return bind(address::local(path), options);
  }

  /// Waits for a connection and gives its stream.
  ///
  /// Errors:        too_many_files_open, connection_aborted (the next accept is not affected).
  /// Cancellation:  prompt; a connection that was accepted already is delivered.
  /// Cost:          no allocation.
  [[nodiscard]] auto accept() noexcept { return object_.start<detail::accept_as<unix_stream>>(); }

  /// Ends pending accepts with an error (operation_canceled), closes, and removes the file, if it
  /// is still its own. Errors, Cancellation: none.
  [[nodiscard]] task<> close();
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] address local_address() const;
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the socket, in which connections go on to wait; its file stays. Aborts when accepts
  /// are pending.
  [[nodiscard]] descriptor release() noexcept {
    binding_.keep_file();
    return object_.release();
  }

 private:
  detail::unix_binding binding_;
  detail::io_object object_;
};

}  // namespace tridem
