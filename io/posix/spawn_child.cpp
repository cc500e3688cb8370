// SPDX-License-Identifier: MIT
// Nothing but system calls: the thread that waits for us may hold any lock of the C library.
//
// errno is the parent's too, which is suspended. Sanitizers must not see this code: it runs on a
// stack that they do not know, and what it closes are not the parent's descriptors.
#include "io/posix/spawn_child.hpp"

#include <cerrno>
#include <csignal>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIDEM_UNSEEN __attribute__((no_sanitize("address", "thread", "undefined")))

namespace tridem::detail {
namespace {

constexpr std::size_t bytes_of_signal_set = 8;  // of the kernel, on every architecture but MIPS

/// A handler would run our code in the new process; an ignored signal would stay ignored there.
TRIDEM_UNSEEN void default_signals() noexcept {
  // Zero is SIG_DFL with no flags, however an architecture orders struct sigaction.
  const unsigned long nothing[16] = {};
  for (int number = 1; number <= 64; ++number) {
    ::syscall(SYS_rt_sigaction, number, nothing, nullptr, bytes_of_signal_set);
  }
}

TRIDEM_UNSEEN bool place_descriptors(std::span<const int> sources) noexcept {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (::syscall(SYS_dup3, sources[i], static_cast<int>(i), 0) < 0) return false;
  }
  const auto first = static_cast<unsigned>(sources.size());
  // Without Linux 5.9, or where a filter forbids the call, the C library looks into /proc.
  if (::syscall(SYS_close_range, first, ~0U, 0) != 0) ::closefrom(static_cast<int>(first));
  return true;
}

/// The search of execvp(3), but a file that is no program is not given to a shell.
TRIDEM_UNSEEN int execute(const spawn_plan& plan) noexcept {
  int told = ENOENT;
  for (const char* const* path = plan.candidates; *path != nullptr; ++path) {
    ::syscall(SYS_execve, *path, plan.arguments, plan.environment);
    switch (errno) {
      case ENOENT:
      case ENOTDIR:
        break;
      case EACCES:  // It may stand in a later directory too; if not, this is what to tell.
        told = EACCES;
        break;
      default:
        return errno;
    }
  }
  return told;
}

/// The step that failed; its errno is set.
TRIDEM_UNSEEN spawn_step prepare(const spawn_plan& plan) noexcept {
  if (plan.new_session && ::syscall(SYS_setsid) < 0) return spawn_step::new_session;
  if (plan.new_group && ::syscall(SYS_setpgid, 0, 0) < 0) return spawn_step::new_group;
  if (plan.die_with_parent) {
    if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
      return spawn_step::die_with_parent;
    }
    // Who died before that call does not send the signal any more.
    if (::syscall(SYS_getppid) != plan.parent) ::syscall(SYS_exit_group, 127);
  }
  // Not worth a failure: the CPUs may have been taken away meanwhile.
  if (plan.affinity != nullptr) {
    ::syscall(SYS_sched_setaffinity, 0, sizeof *plan.affinity, plan.affinity);
  }
  if (plan.directory != nullptr && ::syscall(SYS_chdir, plan.directory) < 0) {
    return spawn_step::change_directory;
  }
  if (!place_descriptors(plan.descriptors)) return spawn_step::descriptors;
  return spawn_step::none;
}

}  // namespace

TRIDEM_UNSEEN int run_spawn_plan(void* context) noexcept {
  auto& plan = *static_cast<spawn_plan*>(context);
  default_signals();
  plan.failed_at = prepare(plan);
  if (plan.failed_at == spawn_step::none) {
    // A signal that came meanwhile now does what it does in any new program: it ends it.
    const unsigned long no_signals[2] = {};
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, no_signals, nullptr, bytes_of_signal_set);
    const int error = execute(plan);
    plan.failed_at = spawn_step::execute;
    plan.error = error;
  } else {
    plan.error = errno;
  }
  // Not exit, nor _exit: what they do belongs to the parent.
  ::syscall(SYS_exit_group, 127);
  return 127;
}

}  // namespace tridem::detail
