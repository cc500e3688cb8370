// SPDX-License-Identifier: MIT
// io_uring is refused by kernels, sysctls, filters and limits, each with an errno of its own.
#include "io/posix/uring_refusal.hpp"

#include <cerrno>
#include <cstdio>

namespace tridem::detail {
namespace {

// Whether the system's own switch forbids io_uring, and not a filter around this process.
bool disabled_by_sysctl() noexcept {
  std::FILE* file = std::fopen("/proc/sys/kernel/io_uring_disabled", "re");
  if (file == nullptr) return false;
  const int level = std::fgetc(file);
  std::fclose(file);
  return level == '1' || level == '2';
}

}  // namespace

std::string cause_of_refusal(const std::system_error& error) {
  switch (error.code().value()) {
    case EPERM:
    case EACCES:
      if (disabled_by_sysctl()) {
        return "denied by the sysctl kernel.io_uring_disabled; set it to 0 to allow it";
      }
      return "denied by seccomp, as containers do by default; allow the system calls "
             "io_uring_setup, io_uring_enter and io_uring_register to use it";
    case ENOSYS:
      return "this kernel has none, a filter hides it, or it lacks what Linux 6.1 has";
    case EINVAL:
      return "this kernel is older than Linux 6.1";
    case ENOMEM:
      return "the limit of locked memory is too low; raise it (ulimit -l)";
    default:
      return error.what();
  }
}

}  // namespace tridem::detail
