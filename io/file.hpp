// SPDX-License-Identifier: MIT
// Files: positioned reads and writes, and the two calls that read or write a whole one.
#pragma once

#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/file_status.hpp>
#include <tridem/io/operations.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tridem {

/// How a file is opened; combine with `|`.
enum class open_flags : unsigned {
  read = 1,
  write = 2,
  read_write = read | write,
  create = 4,      ///< Make it when it does not exist.
  truncate = 8,    ///< Empty it first.
  exclusive = 16,  ///< With `create`: fail when it exists.
  append = 32,     ///< Write at the end, wherever that is then.
  no_follow = 64,  ///< Fail when the last part of the path is a symbolic link.
  direct = 128,    ///< Past the page cache: buffers, offsets and sizes aligned (aligned_buffer).
};

constexpr open_flags operator|(open_flags left, open_flags right) noexcept {
  return static_cast<open_flags>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}
constexpr bool has(open_flags all, open_flags one) noexcept {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

namespace detail {

/// An offset for an operation. What no file can be as long as is refused by the system, and never
/// taken for `current_position`.
[[nodiscard]] constexpr std::int64_t file_position(std::uint64_t offset) noexcept {
  return offset > std::uint64_t{INT64_MAX} ? INT64_MIN : static_cast<std::int64_t>(offset);
}

}  // namespace detail

/// An open file, device or directory. Several operations may be in flight at a time.
///
/// Threads: the loop's thread only. What is in the page cache is read without leaving the loop
/// (uring); a disk that must be waited for never blocks it.
class file {
 public:
  file() = default;
  /// Takes over an open descriptor.
  explicit file(descriptor fd) noexcept : object_(std::move(fd)) {}

  /// Opens `path`; names are bytes, in whatever encoding. A file that is created gets `mode`, less
  /// the umask. A FIFO is opened without waiting for its other end: see pipe_reader::open.
  ///
  /// Errors:        std::system_error that names the path.
  /// Cancellation:  prompt; a file that was opened already is delivered.
  /// Cost:          one frame, one submission.
  [[nodiscard]] static task<file> open(std::string path, open_flags flags = open_flags::read,
                                       unsigned mode = 0666);
  /// A file without a name in `directory`, for reading and writing; it is gone when it is closed,
  /// unless it was given a name by `link_to`.
  ///
  /// Errors: also operation_not_supported, on file systems that have no such files.
  /// Source: open(2), O_TMPFILE.
  [[nodiscard]] static task<file> temporary(std::string directory, unsigned mode = 0600);

  /// Reads up to `into.size()` bytes at `offset` (bytes from the start).
  ///
  /// @returns       Bytes read; 0 at or behind the end.
  /// Errors:        io_error, is_a_directory, ...; bad_file_descriptor after close();
  ///                invalid_argument beyond 2^63 - 1.
  /// Cancellation:  prompt where the system can (not in the middle of a disk transfer).
  /// Cost:          no allocation; one submission (uring), or a hand-over to a thread (asio).
  /// Source:        io_uring_prep_read(3), Linux 5.6; pread(2).
  [[nodiscard]] auto read_at(mutable_buffer into, std::uint64_t offset) noexcept {
    return object_.start<read_operation>(into, detail::file_position(offset));
  }
  /// Writes up to `from.size()` bytes at `offset`; returns how many.
  [[nodiscard]] auto write_at(const_buffer from, std::uint64_t offset) noexcept {
    return object_.start<write_operation>(from, detail::file_position(offset));
  }
  /// Reads at `offset` until `into` is full or the file ends; returns how many bytes.
  [[nodiscard]] task<std::size_t> read_exactly_at(mutable_buffer into, std::uint64_t offset);
  /// Writes all of `from` at `offset`.
  [[nodiscard]] task<> write_all_at(const_buffer from, std::uint64_t offset);
  /// Fills several buffers from `offset` on, in order, with as few system calls as possible.
  /// `parts` is borrowed.
  ///
  /// @returns       Bytes read; fewer than there is room for only at the end of the file.
  [[nodiscard]] task<std::size_t> readv_at(std::span<const mutable_buffer> parts,
                                           std::uint64_t offset);
  /// Writes all of several buffers, in order, with as few system calls as possible. `parts` is
  /// borrowed.
  [[nodiscard]] task<> writev_at(std::span<const const_buffer> parts, std::uint64_t offset);

  /// Reads from the start to the end, also where the size is not known before (/proc).
  ///
  /// @param limit   The most bytes to take, 0 to SIZE_MAX.
  /// Errors:        those of read_at; file_too_large beyond `limit`.
  [[nodiscard]] task<std::string> read_all(std::size_t limit = static_cast<std::size_t>(-1));

  /// Waits until what was written is on the disk; the file's dates need not be with `data_only`.
  ///
  /// Errors: io_error, no_space_on_device: what was written before may be lost.
  [[nodiscard]] auto sync(bool data_only = false) noexcept {
    return object_.start<fsync_operation>(data_only);
  }
  /// Cuts the file at `size` bytes, or lets it grow to it by zeros that take no room.
  [[nodiscard]] auto truncate(std::uint64_t size) noexcept {
    return object_.start<truncate_operation>(size);
  }
  /// Takes room on the disk for `length` bytes from `offset` on, so that writing there cannot fail
  /// for want of it. The file grows to that end.
  ///
  /// Errors: no_space_on_device, operation_not_supported (by the file system).
  [[nodiscard]] auto allocate(std::uint64_t offset, std::uint64_t length) noexcept {
    return object_.start<allocate_operation>(0, offset, length);
  }
  /// Gives the file another name, or a first one when it is temporary. Fails when there is
  /// something of that name.
  ///
  /// Errors: std::system_error that names the path.
  [[nodiscard]] task<> link_to(std::string path);
  /// Size in bytes.
  [[nodiscard]] task<std::uint64_t> size();
  /// Type, size, dates and the rest.
  [[nodiscard]] task<file_status> status();

  /// Ends what is pending with an error (operation_canceled), then closes, without holding up the
  /// loop. Data that was written is in the system's hands, not yet on the disk: see sync(). The
  /// destructor closes too, on the loop's thread, and tells no error.
  ///
  /// Errors:        what a network file system had to tell still: io_error, no_space_on_device, ...
  /// Cancellation:  none.
  [[nodiscard]] task<> close() { return object_.close_file(); }
  [[nodiscard]] bool is_open() const noexcept { return object_.is_open(); }
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }
  /// Hands over the descriptor. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept { return object_.release(); }

 private:
  detail::io_object object_;
};

/// The bytes of a whole file.
///
/// Errors, Cancellation: those of open and read_all.
[[nodiscard]] task<std::string> read_file(std::string path,
                                          std::size_t limit = static_cast<std::size_t>(-1));

/// How a whole file is written.
struct write_options {
  unsigned mode = 0666;  // of a file that is made, less the umask; always when `atomic`
  /// Write another name beside it and rename that: a reader sees all of the old content or all of
  /// the new one, and so does the disk after a crash, with `sync`. A symbolic link is replaced;
  /// devices, pipes and directories are refused (invalid_argument).
  bool atomic = false;
  bool sync = false;  // wait until it is on the disk
};

/// Makes or empties the file and writes `bytes` (borrowed) to it. A reader may see it half written
/// unless `atomic`.
///
/// Errors:        those of open, write_all_at, close; atomic, the former content is then untouched.
/// Cancellation:  prompt; atomic, as for errors, and nothing is left behind.
[[nodiscard]] task<> write_file(std::string path, const_buffer bytes, write_options options = {});
[[nodiscard]] inline task<> write_file(std::string path, std::string_view text,
                                       write_options options = {}) {
  return write_file(std::move(path), as_bytes(text), options);
}

}  // namespace tridem
