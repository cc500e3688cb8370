// SPDX-License-Identifier: MIT
// /proc/self/mountinfo: "36 35 98:0 /root /mount options [fields] - type source options".
#include <tridem/io/detail/mount_table.hpp>
#include <tridem/io/file.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>

namespace tridem::detail {
namespace {

// File systems of the kernel that need nobody else. What is missing here is only read by a thread.
constexpr std::array<std::string_view, 25> local_types{
    "bcachefs", "bpf",      "btrfs", "cgroup", "cgroup2",    "debugfs",  "devpts",
    "devtmpfs", "efivarfs", "erofs", "ext2",   "ext3",       "ext4",     "f2fs",
    "overlay",  "proc",     "ramfs", "rootfs", "securityfs", "squashfs", "sysfs",
    "tmpfs",    "vfat",     "xfs",   "zfs"};

std::string_view word_at(std::string_view text, std::size_t at) noexcept {
  return text.substr(at, text.find(' ', at) - at);
}

}  // namespace

task<mount_table> mount_table::read() {
  result<std::string> text = co_await as_result(read_file("/proc/self/mountinfo"));
  co_return text ? parse(*text) : mount_table();
}

mount_table mount_table::parse(std::string_view text) {
  mount_table table;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::uint64_t id = 0;
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), id);
    const std::size_t dash = line.find(" - ");
    if (error != std::errc{} || dash == std::string_view::npos) continue;
    if (std::ranges::binary_search(local_types, word_at(line, dash + 3))) {
      table.local_.push_back(id);
    }
  }
  std::ranges::sort(table.local_);
  return table;
}

bool mount_table::is_local(int fd) const noexcept {
  struct ::statx about{};
  constexpr int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
  if (::statx(fd, "", flags, STATX_MNT_ID, &about) != 0) return false;
  return (about.stx_mask & STATX_MNT_ID) != 0 && is_local_mount(about.stx_mnt_id);
}

bool mount_table::is_local_mount(std::uint64_t id) const noexcept {
  return std::ranges::binary_search(local_, id);
}

}  // namespace tridem::detail
