// SPDX-License-Identifier: MIT
// Where the control groups of a process are in the file system, in both versions of the kernel's
// interface. Source: cgroups(7), proc(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace tridem::detail {

/// The group of a process for one controller, and where groups below it can be made, if they can.
struct group_home {
  /// Its own folder, then the next likely ones; none when there is no such controller.
  std::vector<std::string> folders;
  bool is_unified = false;  ///< Version 2.
};
/// `process`: 0 is this one.
[[nodiscard]] group_home find_group_home(std::string_view controller, pid_t process = 0);

/// Whether `word` is one of those in `list`.
[[nodiscard]] bool has_word(std::string_view list, std::string_view word, char separator) noexcept;

/// How many processes of the memory group in `folder` the kernel has ended for lack of memory;
/// nothing where it does not say so, before Linux 4.13.
[[nodiscard]] std::optional<std::uint64_t> oom_kills_in(const std::string& folder, bool is_unified);

}  // namespace tridem::detail
