// SPDX-License-Identifier: MIT
// statx, awaited, and its answer in our words.
#include <tridem/io/detail/statx.hpp>
#include <tridem/io/detail/system_path.hpp>
#include <tridem/io/file_status.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/runtime/operation_awaitable.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace tridem {

const char* name_of(file_type type) noexcept {
  switch (type) {
    case file_type::unknown:
      return "unknown file";
    case file_type::regular:
      return "regular file";
    case file_type::directory:
      return "directory";
    case file_type::symlink:
      return "symbolic link";
    case file_type::fifo:
      return "fifo";
    case file_type::socket:
      return "socket";
    case file_type::block_device:
      return "block device";
    case file_type::character_device:
      return "character device";
  }
  return "unknown file";
}

namespace detail {

file_type type_of_mode(unsigned mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return file_type::regular;
    case S_IFDIR:
      return file_type::directory;
    case S_IFLNK:
      return file_type::symlink;
    case S_IFIFO:
      return file_type::fifo;
    case S_IFSOCK:
      return file_type::socket;
    case S_IFBLK:
      return file_type::block_device;
    case S_IFCHR:
      return file_type::character_device;
    default:
      return file_type::unknown;
  }
}

file_status to_status(const struct ::statx& from) noexcept {
  file_status status;
  status.type = type_of_mode(from.stx_mode);
  status.permissions = from.stx_mode & 07777U;
  status.size = from.stx_size;
  status.blocks = from.stx_blocks;
  status.device = ::gnu_dev_makedev(from.stx_dev_major, from.stx_dev_minor);
  status.inode = from.stx_ino;
  status.links = from.stx_nlink;
  status.owner = from.stx_uid;
  status.group = from.stx_gid;
  status.modified = std::chrono::sys_time<std::chrono::nanoseconds>(
      std::chrono::seconds(from.stx_mtime.tv_sec) +
      std::chrono::nanoseconds(from.stx_mtime.tv_nsec));
  return status;
}

}  // namespace detail

task<file_status> status_of(std::string path, symlinks links) {
  struct ::statx answer{};
  const int flags = links == symlinks::keep ? AT_SYMLINK_NOFOLLOW : 0;
  co_await operation_awaitable<stat_operation>(
      stat_operation(AT_FDCWD, detail::system_path(path), flags, STATX_BASIC_STATS, &answer));
  co_return detail::to_status(answer);
}

}  // namespace tridem
