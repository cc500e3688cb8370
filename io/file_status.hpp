// SPDX-License-Identifier: MIT
// What the system knows about a file: type, size, dates.
#pragma once

#include <tridem/runtime/task.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace tridem {

enum class file_type : std::uint8_t {
  unknown,
  regular,
  directory,
  symlink,
  fifo,
  socket,
  block_device,
  character_device,
};

/// "regular file", "directory", ...: a string with static lifetime.
[[nodiscard]] const char* name_of(file_type type) noexcept;

/// A file as it was at one moment.
struct file_status {
  file_type type = file_type::unknown;
  unsigned permissions = 0;  // the 12 low bits of the mode
  std::uint64_t size = 0;    // bytes
  std::uint64_t blocks = 0;  // of 512 bytes each, as allocated
  std::uint64_t device = 0;  // with `inode`: the identity of the file on this machine
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  unsigned owner = 0;
  unsigned group = 0;
  std::chrono::sys_time<std::chrono::nanoseconds> modified;
};

enum class symlinks : bool { follow, keep };

/// Asks about `path`, or with `symlinks::keep` about a symbolic link itself.
///
/// Errors:        std::system_error that names the path.
/// Cancellation:  prompt.
/// Cost:          one frame, one submission (uring), or a hand-over to a thread (asio).
/// Source:        statx(2).
[[nodiscard]] task<file_status> status_of(std::string path, symlinks links = symlinks::follow);

}  // namespace tridem
