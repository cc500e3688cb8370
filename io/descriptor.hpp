// SPDX-License-Identifier: MIT
// A file descriptor that has one owner.
#pragma once

#include <cstdint>
#include <utility>

namespace tridem {
namespace detail {

/// How often the number `fd` has left the hands of a `descriptor`, closed or released; it may also
/// count what other numbers did. While it stays the same, a number that a descriptor owns means the
/// same open file: what a driver knows of it is still true. Threads: any.
[[nodiscard]] std::uint32_t departures_of(int fd) noexcept;

}  // namespace detail

/// Owns a file descriptor and closes it at the end, at once and without telling what close(2)
/// returned.
///
/// Objects that have operations in flight (streams, files) close through their own `close()`
/// instead.
///
/// Threads: any, like an int.
class descriptor {
 public:
  descriptor() = default;
  /// Takes over `fd`; a negative number means "none".
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~descriptor() { reset(); }

  /// The number, still owned here; -1 when there is none.
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Hands the number to the caller, who must close it.
  [[nodiscard]] int release() noexcept;

  /// Closes what is owned and takes over `fd`. errno is kept.
  void reset(int fd = -1) noexcept;

  /// A second descriptor of the same open file, closed on exec.
  ///
  /// Errors: std::system_error (too many open files).
  [[nodiscard]] descriptor duplicate() const;

 private:
  int fd_ = -1;
};

}  // namespace tridem
