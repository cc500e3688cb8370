// SPDX-License-Identifier: MIT
// What a process inherits from this one when it is started now: whether two of them are alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

namespace tridem::detail {

/// Environment, working directory, user, groups, umask and resource limits of this process.
struct surroundings {
  std::vector<std::string> environment;
  dev_t directory_device = 0;
  ino_t directory = 0;
  std::array<uid_t, 3> users{};
  std::array<gid_t, 3> groups{};
  std::vector<gid_t> more_groups;
  std::string file_mode_mask;
  std::array<std::uint64_t, 2 * RLIM_NLIMITS> limits{};

  [[nodiscard]] bool operator==(const surroundings&) const = default;
};

/// Cost: some 20 system calls.
[[nodiscard]] surroundings look_around();

}  // namespace tridem::detail
