// SPDX-License-Identifier: MIT
// The three system calls of Landlock, for which glibc has no names.
#include "pool/confinement/landlock.hpp"

#include <tridem/io/descriptor.hpp>

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace tridem::detail {

namespace {

// Rights that later versions added; a kernel refuses what it does not know.
constexpr std::uint64_t all_rights_of_version_1 = (std::uint64_t{1} << 13) - 1;
constexpr std::uint64_t refer = std::uint64_t{1} << 13;         // version 2
constexpr std::uint64_t truncate = std::uint64_t{1} << 14;      // version 3
constexpr std::uint64_t device_ioctl = std::uint64_t{1} << 15;  // version 5

constexpr std::uint64_t reading =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                   LANDLOCK_ACCESS_FS_WRITE_FILE | truncate | device_ioctl;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::system_category(), what);
}

void allow(const descriptor& rules, const std::string& path, std::uint64_t rights) {
  const descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status{};
  if (!place || ::fstat(place.get(), &status) != 0) fail("keep '" + path + "' in a sandbox");
  landlock_path_beneath_attr rule{};
  rule.allowed_access = S_ISDIR(status.st_mode) ? rights : rights & of_files;
  rule.parent_fd = place.get();
  if (::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    fail("keep '" + path + "' in a sandbox");
  }
}

}  // namespace

int restrict_files(const std::vector<std::string>& readable,
                   const std::vector<std::string>& writable) {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) fail("restrict the files of a worker by Landlock");
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = all_rights_of_version_1 | (version >= 2 ? refer : 0) |
                              (version >= 3 ? truncate : 0) | (version >= 5 ? device_ioctl : 0);
  const descriptor rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (!rules) fail("restrict the files of a worker by Landlock");
  for (const std::string& path : readable) {
    allow(rules, path, reading & handled.handled_access_fs);
  }
  for (const std::string& path : writable) allow(rules, path, handled.handled_access_fs);
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
    fail("restrict the files of a worker by Landlock");
  }
  return static_cast<int>(version);
}

}  // namespace tridem::detail
