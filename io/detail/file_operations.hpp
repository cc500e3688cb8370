// SPDX-License-Identifier: MIT
// The closed list, third part: files, and the names in directories.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/detail/listed_operation.hpp>
#include <tridem/io/detail/operation_kinds.hpp>

#include <cstdint>

// Of the system's headers only these names are needed, and only by pointer.
struct iovec;
struct statx;

namespace tridem {

/// pread(2), or read(2) with `current_position`; `offset` in bytes.
struct read_operation : detail::count_operation {
  read_operation(int file, mutable_buffer buffer, std::int64_t at = current_position) noexcept
      : number_operation(op_kind::read, file), into(buffer), offset(at) {}
  mutable_buffer into;
  std::int64_t offset;
};

/// pwrite(2), or write(2) with `current_position`; `offset` in bytes.
struct write_operation : detail::count_operation {
  write_operation(int file, const_buffer buffer, std::int64_t at = current_position) noexcept
      : number_operation(op_kind::write, file), from(buffer), offset(at) {}
  const_buffer from;
  std::int64_t offset;
};

/// preadv(2), or readv(2) with `current_position`; 1 to 1024 parts.
struct readv_operation : detail::count_operation {
  readv_operation(int file, const ::iovec* parts, std::uint32_t part_count,
                  std::int64_t at = current_position) noexcept
      : number_operation(op_kind::readv, file), count(part_count), into(parts), offset(at) {}
  std::uint32_t count;
  const ::iovec* into;
  std::int64_t offset;
};

/// pwritev(2), or writev(2) with `current_position`; 1 to 1024 parts.
struct writev_operation : detail::count_operation {
  writev_operation(int file, const ::iovec* parts, std::uint32_t part_count,
                   std::int64_t at = current_position) noexcept
      : number_operation(op_kind::writev, file), count(part_count), from(parts), offset(at) {}
  std::uint32_t count;
  const ::iovec* from;
  std::int64_t offset;
};

/// openat(2); `fd` is the directory (AT_FDCWD is -100). O_CLOEXEC is always added.
struct open_operation : detail::descriptor_operation {
  open_operation(int directory, const char* name, int open_flags, unsigned open_mode = 0) noexcept
      : descriptor_operation(op_kind::open, directory),
        path(name),
        flags(open_flags),
        mode(open_mode) {}
  const char* path;
  int flags;
  unsigned mode;
};

/// close(2). The number is free again as soon as this has been submitted, whatever the result;
/// never cancelled.
struct close_operation : detail::done_operation {
  explicit close_operation(int file) noexcept : done_operation(op_kind::close, file) {}
};

/// fsync(2), or fdatasync(2) with `data_only`.
struct fsync_operation : detail::done_operation {
  explicit fsync_operation(int file, bool without_metadata = false) noexcept
      : done_operation(op_kind::fsync, file), data_only(without_metadata) {}
  bool data_only;
};

/// statx(2) with AT_* flags and STATX_* mask; AT_EMPTY_PATH and "" ask about `fd` itself.
struct stat_operation : detail::done_operation {
  stat_operation(int directory, const char* name, int at_flags, unsigned what,
                 struct ::statx* answer) noexcept
      : done_operation(op_kind::stat, directory),
        path(name),
        flags(at_flags),
        mask(what),
        into(answer) {}
  const char* path;
  int flags;
  unsigned mask;
  struct ::statx* into;
};

/// unlinkat(2); flags: 0, or AT_REMOVEDIR.
struct unlink_operation : detail::done_operation {
  unlink_operation(int directory, const char* name, int at_flags = 0) noexcept
      : done_operation(op_kind::unlink, directory), path(name), flags(at_flags) {}
  const char* path;
  int flags;
};

/// renameat2(2) with RENAME_* flags.
struct rename_operation : detail::done_operation {
  rename_operation(int from_directory, const char* from_name, int to_directory, const char* to_name,
                   unsigned rename_flags = 0) noexcept
      : done_operation(op_kind::rename, from_directory),
        path(from_name),
        target_fd(to_directory),
        target(to_name),
        flags(rename_flags) {}
  const char* path;
  int target_fd;
  const char* target;
  unsigned flags;
};

/// mkdirat(2).
struct mkdir_operation : detail::done_operation {
  mkdir_operation(int directory, const char* name, unsigned access_mode) noexcept
      : done_operation(op_kind::mkdir, directory), path(name), mode(access_mode) {}
  const char* path;
  unsigned mode;
};

/// linkat(2) with AT_* flags: a second name for a file.
struct link_operation : detail::done_operation {
  link_operation(int from_directory, const char* from_name, int to_directory, const char* to_name,
                 int at_flags = 0) noexcept
      : done_operation(op_kind::link, from_directory),
        path(from_name),
        target_fd(to_directory),
        target(to_name),
        flags(at_flags) {}
  const char* path;
  int target_fd;
  const char* target;
  int flags;
};

/// fallocate(2) with FALLOC_FL_* mode; offset and length in bytes.
struct allocate_operation : detail::done_operation {
  allocate_operation(int file, int how, std::uint64_t at, std::uint64_t size) noexcept
      : done_operation(op_kind::allocate, file), mode(how), offset(at), length(size) {}
  int mode;
  std::uint64_t offset;
  std::uint64_t length;
};

/// ftruncate(2); `length` in bytes.
struct truncate_operation : detail::done_operation {
  truncate_operation(int file, std::uint64_t size) noexcept
      : done_operation(op_kind::truncate, file), length(size) {}
  std::uint64_t length;
};

/// getdents64(2): the next entries of a directory, as the system writes them; 0 bytes at its end.
/// No driver can wait for a directory: a thread does.
struct read_directory_operation : detail::count_operation {
  read_directory_operation(int directory, mutable_buffer buffer) noexcept
      : number_operation(op_kind::read_directory, directory), into(buffer) {}
  mutable_buffer into;
};

}  // namespace tridem
