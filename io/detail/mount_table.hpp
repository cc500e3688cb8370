// SPDX-License-Identifier: MIT
// Which file systems may keep a caller waiting for another machine, or another program.
#pragma once

#include <tridem/runtime/task.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace tridem::detail {

/// The mounts of this process, as they were when it was read.
class mount_table {
 public:
  mount_table() = default;
  /// Reads the system's table. Empty when there is none (no /proc): then everything is remote.
  [[nodiscard]] static task<mount_table> read();
  /// Reads a text in the form of /proc/self/mountinfo.
  [[nodiscard]] static mount_table parse(std::string_view text);

  /// Whether the file system on which `fd` is answers from this machine's memory and disks alone.
  /// Asks the system without asking the file system. False for what is not in the table.
  [[nodiscard]] bool is_local(int fd) const noexcept;
  [[nodiscard]] bool is_local_mount(std::uint64_t id) const noexcept;

 private:
  std::vector<std::uint64_t> local_;  // mount ids, sorted
};

}  // namespace tridem::detail
