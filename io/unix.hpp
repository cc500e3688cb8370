// SPDX-License-Identifier: MIT
// Unix sockets that carry streams of bytes between processes of one machine, descriptors too.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/accept_as.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/detail/unix_binding.hpp>
#include <tridem/io/detail/unix_message.hpp>
#include <tridem/io/stream_socket.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tridem {

/// A connection within this machine: what can be read and written stands in stream_socket, and
/// descriptors may travel with the bytes. Those that come where nobody asks for them are closed.
///
/// Threads: the loop's thread only.
class unix_stream : public stream_socket {
 public:
  unix_stream() = default;
  /// Takes over a connected socket.
  explicit unix_stream(descriptor socket) noexcept : stream_socket(std::move(socket)) {}

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
  using stream_socket::receive;
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
