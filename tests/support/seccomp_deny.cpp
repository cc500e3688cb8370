// SPDX-License-Identifier: MIT
// Runs a command in a world where io_uring is forbidden, as containers do it: seccomp_deny
// EPERM|ENOSYS|ENOMEM cmd...
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// The three system calls of io_uring have these numbers on every architecture.
constexpr unsigned io_uring_setup = 425;
constexpr unsigned io_uring_register = 427;

/// The errno that `name` is, or 0.
int error_of(const char* name) {
  if (std::strcmp(name, "EPERM") == 0) return EPERM;
  if (std::strcmp(name, "ENOSYS") == 0) return ENOSYS;
  if (std::strcmp(name, "ENOMEM") == 0) return ENOMEM;
  return 0;
}

/// Lets the calls of io_uring fail with `error` in this process and in all that come of it.
bool forbid_io_uring(int error) {
  const unsigned answer = SECCOMP_RET_ERRNO | (static_cast<unsigned>(error) & SECCOMP_RET_DATA);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, io_uring_setup, 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, io_uring_register, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int error = argc >= 3 ? error_of(argv[1]) : 0;
  if (error == 0) {
    std::fputs("usage: seccomp_deny EPERM|ENOSYS|ENOMEM command [argument...]\n", stderr);
    return 2;
  }
  if (!forbid_io_uring(error)) {
    std::perror("seccomp_deny: this system takes no filter");
    return 77;  // for CTest: skipped
  }
  // Asked once, so that a filter that does nothing cannot make a test green.
  if (::syscall(io_uring_setup, 1, nullptr) != -1 || errno != error) {
    std::fputs("seccomp_deny: io_uring_setup does not fail as it was told to\n", stderr);
    return 2;
  }
  ::execvp(argv[2], argv + 2);
  std::perror(argv[2]);
  return 127;
}
