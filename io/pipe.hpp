// SPDX-License-Identifier: MIT
// Pipes: bytes in one direction, between tasks or to another process.
#pragma once

#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/io/stream.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tridem {

/// The end of a pipe from which bytes come. One read may be in flight at a time; a second is
/// refused.
///
/// Threads: the loop's thread only.
class pipe_reader {
 public:
  pipe_reader() = default;
  /// Takes over a descriptor that can be read, as it is: its mode of waiting, which others may
  /// share, is not changed, and need not be non-blocking.
  explicit pipe_reader(descriptor end) noexcept : object_(std::move(end)) {}

  /// Opens the FIFO at `path` for reading, and waits until somebody writes to it, or has closed it
  /// again.
  ///
  /// Errors:        std::system_error that names the path; invalid_argument when it is no FIFO.
  /// Cancellation:  prompt.
  /// Source:        fifo(7).
  [[nodiscard]] static task<pipe_reader> open(std::string path);

  /// Reads what is there, up to `into.size()` bytes; waits while there is nothing and a writer is
  /// left.
  ///
  /// @param into    Borrowed until completion; 1 byte to 2 GiB.
  /// @returns       Bytes read; 0 when no writer is left.
  /// Errors:        bad_file_descriptor after close().
  /// Cancellation:  prompt; bytes already taken from the pipe are returned, never lost.
  /// Cost:          no allocation; one submission (uring), or read(2) and at most one wait (asio).
  /// Source:        pipe(7); io_uring_prep_read(3), Linux 5.6.
  [[nodiscard]] auto read_some(mutable_buffer into) noexcept {
    return object_.start_reading<read_operation>(into, current_position);
  }
  /// Reads until `into` is full; returns fewer bytes only at the end.
  [[nodiscard]] task<std::size_t> read_exactly(mutable_buffer into) {
    return tridem::read_exactly(*this, into);
  }
  /// Reads into `buffer` until it holds `delimiter`; see tridem::read_until.
  [[nodiscard]] task<std::size_t> read_until(std::string& buffer, std::string_view delimiter,
                                             std::size_t limit = 64 * 1024) {
    return tridem::read_until(*this, buffer, delimiter, limit);
  }

  /// Ends what is pending with an error (operation_canceled), then closes; writers get broken_pipe.
  /// Errors, Cancellation: none.
  [[nodiscard]] task<> close() { return object_.close(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the descriptor. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 private:
  friend class subprocess;  // its close lets a reader hear the end first

  detail::io_object object_;
};

/// The end of a pipe into which bytes go. One write may be in flight at a time; a second is
/// refused.
///
/// Threads: the loop's thread only.
class pipe_writer {
 public:
  pipe_writer() = default;
  /// Takes over a descriptor that can be written to, as it is; see pipe_reader.
  explicit pipe_writer(descriptor end) noexcept : object_(std::move(end)) {}

  /// Opens the FIFO at `path` for writing, and waits until somebody reads from it: it looks again
  /// with growing pauses (1 ms to 50 ms), because the system has no event for that.
  ///
  /// Errors:        std::system_error that names the path; invalid_argument when it is no FIFO.
  /// Cancellation:  prompt.
  /// Source:        fifo(7).
  [[nodiscard]] static task<pipe_writer> open(std::string path);

  /// Writes up to `from.size()` bytes, at least one; waits while the pipe is full.
  ///
  /// @param from    Borrowed until completion; 1 byte to 2 GiB.
  /// @returns       Bytes written.
  /// Errors:        broken_pipe when no reader is left, never SIGPIPE; bad_file_descriptor after
  ///                close().
  /// Cancellation:  prompt; what is in the pipe already is counted, never doubled.
  /// Cost:          no allocation; one submission (uring), or write(2) and at most one wait (asio).
  /// Source:        pipe(7); io_uring_prep_write(3), Linux 5.6.
  [[nodiscard]] auto write_some(const_buffer from) noexcept {
    return object_.start_writing<write_operation>(from, current_position);
  }
  /// Writes all of `from`.
  [[nodiscard]] task<> write_all(const_buffer from) { return tridem::write_all(*this, from); }
  /// Writes all of several buffers, in order, with as few system calls as possible. `parts` is
  /// borrowed.
  [[nodiscard]] task<> writev(std::span<const const_buffer> parts);

  /// How many bytes the pipe holds before a write waits; a new number is rounded up to a power of
  /// two. Errors: std::system_error (permission denied above /proc/sys/fs/pipe-max-size).
  [[nodiscard]] std::size_t capacity() const;
  void capacity(std::size_t bytes);

  /// Ends what is pending with an error (operation_canceled), then closes: the reader's end.
  /// Errors, Cancellation: none.
  [[nodiscard]] task<> close() { return object_.close(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the descriptor. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 private:
  detail::io_object object_;
};

struct pipe_ends {
  pipe_reader reader;
  pipe_writer writer;
};

/// Makes a pipe; both ends are non-blocking and closed on exec.
///
/// Errors: std::system_error (too many open files).
[[nodiscard]] pipe_ends make_pipe();

}  // namespace tridem
