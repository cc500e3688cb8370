// SPDX-License-Identifier: MIT
// Asks the kernel for everything that a fork or an exec hands down.
#include "pool/worker/surroundings.hpp"

#include <fstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

/// umask(2) can only be asked by changing it, which other threads would see. Source: proc(5), since
/// Linux 4.7.
std::string file_mode_mask() {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);) {
    if (std::string_view(line).starts_with("Umask:")) return line;
  }
  return {};
}

}  // namespace

surroundings look_around() {
  surroundings now;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    now.environment.emplace_back(*variable);
  }
  struct stat here{};
  if (::stat(".", &here) == 0) {
    now.directory_device = here.st_dev;
    now.directory = here.st_ino;
  }
  (void)::getresuid(&now.users[0], &now.users[1], &now.users[2]);
  (void)::getresgid(&now.groups[0], &now.groups[1], &now.groups[2]);
  if (const int count = ::getgroups(0, nullptr); count > 0) {
    now.more_groups.resize(static_cast<std::size_t>(count));
    if (::getgroups(count, now.more_groups.data()) < 0) now.more_groups.clear();
  }
  now.file_mode_mask = file_mode_mask();
  for (unsigned which = 0; which < RLIM_NLIMITS; ++which) {
    ::rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(which), &limit) != 0) continue;
    now.limits[2 * which] = limit.rlim_cur;
    now.limits[2 * which + 1] = limit.rlim_max;
  }
  return now;
}

}  // namespace tridem::detail
