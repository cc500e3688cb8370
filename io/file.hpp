// SPDX-License-Identifier: MIT
// Files: positioned reads and writes, and the two calls that read or write a whole one.
#pragma once

#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/file_status.hpp>
#include <tridem/io/operations.hpp>

#include <cstdint>
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
};

constexpr open_flags operator|(open_flags left, open_flags right) noexcept {
  return static_cast<open_flags>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}
constexpr bool has(open_flags all, open_flags one) noexcept {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

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
  /// the umask. The opening of a FIFO waits for its other end.
  ///
  /// Errors:        std::system_error that names the path.
  /// Cancellation:  prompt; a file that was opened already is delivered.
  /// Cost:          one frame, one submission.
  [[nodiscard]] static task<file> open(std::string path, open_flags flags = open_flags::read,
                                       unsigned mode = 0666);

  /// Reads up to `into.size()` bytes at `offset` (bytes from the start).
  ///
  /// @returns       Bytes read; 0 at or behind the end.
  /// Errors:        io_error, is_a_directory, ...; bad_file_descriptor after close().
  /// Cancellation:  prompt where the system can (not in the middle of a disk transfer).
  /// Cost:          no allocation; one submission (uring), or a hand-over to a thread (asio).
  /// Source:        io_uring_prep_read(3), Linux 5.6; pread(2).
  [[nodiscard]] auto read_at(mutable_buffer into, std::uint64_t offset) noexcept {
    return object_.start<read_operation>(into, static_cast<std::int64_t>(offset));
  }
  /// Writes up to `from.size()` bytes at `offset`; returns how many.
  [[nodiscard]] auto write_at(const_buffer from, std::uint64_t offset) noexcept {
    return object_.start<write_operation>(from, static_cast<std::int64_t>(offset));
  }
  /// Reads at `offset` until `into` is full or the file ends; returns how many bytes.
  [[nodiscard]] task<std::size_t> read_exactly_at(mutable_buffer into, std::uint64_t offset);
  /// Writes all of `from` at `offset`.
  [[nodiscard]] task<> write_all_at(const_buffer from, std::uint64_t offset);

  /// Reads from the start to the end, also where the size is not known before (/proc).
  ///
  /// @param limit   The most bytes to take, 0 to SIZE_MAX.
  /// Errors:        those of read_at; file_too_large beyond `limit`.
  [[nodiscard]] task<std::string> read_all(std::size_t limit = static_cast<std::size_t>(-1));

  /// Waits until what was written is on the disk; the file's dates need not be with `data_only`.
  [[nodiscard]] auto sync(bool data_only = false) noexcept {
    return object_.start<fsync_operation>(data_only);
  }
  /// Size in bytes.
  [[nodiscard]] task<std::uint64_t> size();
  /// Type, size, dates and the rest.
  [[nodiscard]] task<file_status> status();

  /// Ends what is pending with an error (operation_canceled), then closes. Errors, Cancellation:
  /// none. Data that was written is in the system's hands, not yet on the disk: see sync().
  [[nodiscard]] task<> close() { return object_.close(); }
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

/// Makes or empties the file and writes `bytes` (borrowed) to it. A reader may see it half written;
/// for an exchange at one moment write another name and rename it.
///
/// Errors, Cancellation: those of open and write_all_at.
[[nodiscard]] task<> write_file(std::string path, const_buffer bytes, unsigned mode = 0666);
[[nodiscard]] inline task<> write_file(std::string path, std::string_view text,
                                       unsigned mode = 0666) {
  return write_file(std::move(path), as_bytes(text), mode);
}

}  // namespace tridem
