// SPDX-License-Identifier: MIT
// What connections have in common, over TCP or within a machine. Step 1 of the path of an
// operation.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/detail/stream_access.hpp>
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

/// A connected socket that carries a stream of bytes: a tcp_stream or a unix_stream. One read and
/// one write may be in flight at a time: a second one is refused with device_or_resource_busy and
/// does nothing.
///
/// Closing it needs `co_await s.close()` only when other tasks may still use it; the destructor
/// closes at once, and aborts when operations are pending.
///
/// Threads: the loop's thread only.
class stream_socket {
 public:
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

  /// Errors: std::system_error, also when the peer has gone already. The end of a unix_stream that
  /// was not bound has an address without a name: "unix:".
  [[nodiscard]] address local_address() const;
  [[nodiscard]] address peer_address() const;

  /// Limits how long one read or write may wait for a byte to move; then it fails with timed_out,
  /// and the stream can be used on. A stream from a `server` has the limit of that.
  ///
  /// @param limit   Above 0; `duration::max()`, as from the start, is no limit.
  /// @param first   The same until something has been read; in whole milliseconds.
  /// Cost:          an operation notes the time of its turn; no timer is set or cancelled for it.
  void idle_limit(duration limit, duration first) { object_.idle_limit(limit, first); }
  void idle_limit(duration limit) { object_.idle_limit(limit, limit); }
  [[nodiscard]] duration idle_limit() const noexcept { return object_.idle_limit(); }

  /// The number, for setsockopt and the like. Reading, writing or closing it behind our back is
  /// misuse.
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the socket. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 protected:
  stream_socket() = default;
  explicit stream_socket(descriptor socket) noexcept : object_(std::move(socket)) {}
  stream_socket(stream_socket&&) noexcept = default;
  stream_socket& operator=(stream_socket&&) noexcept = default;
  ~stream_socket() = default;

  detail::io_object object_;

 private:
  friend detail::stream_access;
};

}  // namespace tridem
