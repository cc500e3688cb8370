// SPDX-License-Identifier: MIT
// The filter as a program of the kernel's packet filter: which calls, and with what arguments.
//
// seccomp sees the registers of a call, not what they point to, and nothing of what is asked for
// inside a ring: so io_uring is out. Forbidden calls of which programs know that they may be
// missing give ENOSYS, the others EPERM.
#include "pool/confinement/call_filter.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace tridem::detail {

namespace {

constexpr std::uint32_t x32_calls = 0x40000000;  // the same calls under other numbers

constexpr int missing_calls[] = {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
                                 SYS_clone3};

constexpr int forbidden_calls[] = {SYS_socket,
                                   SYS_connect,
                                   SYS_bind,
                                   SYS_listen,
                                   SYS_accept,
                                   SYS_accept4,
                                   SYS_execve,
                                   SYS_execveat,
                                   SYS_fork,
                                   SYS_vfork,
                                   SYS_unshare,
                                   SYS_setns,
                                   SYS_ptrace,
                                   SYS_process_vm_readv,
                                   SYS_process_vm_writev,
                                   SYS_kcmp,
                                   SYS_pidfd_open,
                                   SYS_pidfd_getfd,
                                   SYS_pidfd_send_signal,
                                   SYS_rt_sigqueueinfo,
                                   SYS_rt_tgsigqueueinfo,
                                   SYS_tkill,
                                   SYS_mount,
                                   SYS_umount2,
                                   SYS_pivot_root,
                                   SYS_chroot,
                                   SYS_move_mount,
                                   SYS_open_tree,
                                   SYS_fsopen,
                                   SYS_fsmount,
                                   SYS_fspick,
                                   SYS_fsconfig,
                                   SYS_mount_setattr,
                                   SYS_swapon,
                                   SYS_swapoff,
                                   SYS_name_to_handle_at,
                                   SYS_open_by_handle_at,
                                   SYS_init_module,
                                   SYS_finit_module,
                                   SYS_delete_module,
                                   SYS_kexec_load,
                                   SYS_kexec_file_load,
                                   SYS_reboot,
                                   SYS_bpf,
                                   SYS_perf_event_open,
                                   SYS_userfaultfd,
                                   SYS_keyctl,
                                   SYS_add_key,
                                   SYS_request_key,
                                   SYS_acct,
                                   SYS_quotactl,
                                   SYS_settimeofday,
                                   SYS_clock_settime,
                                   SYS_adjtimex,
                                   SYS_clock_adjtime,
                                   SYS_iopl,
                                   SYS_ioperm,
                                   SYS_sethostname,
                                   SYS_setdomainname,
                                   SYS_personality,
                                   SYS_syslog,
                                   SYS_vhangup,
                                   SYS_mq_open,
                                   SYS_shmget,
                                   SYS_semget,
                                   SYS_msgget};

constexpr int computing_calls[] = {SYS_read,
                                   SYS_write,
                                   SYS_readv,
                                   SYS_writev,
                                   SYS_pread64,
                                   SYS_pwrite64,
                                   SYS_lseek,
                                   SYS_close,
                                   SYS_dup,
                                   SYS_fcntl,
                                   SYS_fstat,
                                   SYS_newfstatat,
                                   SYS_ftruncate,
                                   SYS_memfd_create,
                                   SYS_sendmsg,
                                   SYS_recvmsg,
                                   SYS_poll,
                                   SYS_ppoll,
                                   SYS_mmap,
                                   SYS_munmap,
                                   SYS_mremap,
                                   SYS_mprotect,
                                   SYS_madvise,
                                   SYS_brk,
                                   SYS_futex,
                                   SYS_set_robust_list,
                                   SYS_rseq,
                                   SYS_membarrier,
                                   SYS_exit,
                                   SYS_exit_group,
                                   SYS_rt_sigreturn,
                                   SYS_rt_sigaction,
                                   SYS_rt_sigprocmask,
                                   SYS_rt_sigtimedwait,
                                   SYS_sigaltstack,
                                   SYS_clock_gettime,
                                   SYS_clock_getres,
                                   SYS_clock_nanosleep,
                                   SYS_nanosleep,
                                   SYS_gettimeofday,
                                   SYS_time,
                                   SYS_getrandom,
                                   SYS_sched_yield,
                                   SYS_sched_getaffinity,
                                   SYS_getcpu,
                                   SYS_getpid,
                                   SYS_gettid,
                                   SYS_getppid,
                                   SYS_restart_syscall,
                                   SYS_prctl};

class program {
 public:
  void load(std::size_t offset) {
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void answer(std::uint32_t action) { add(BPF_STMT(BPF_RET | BPF_K, action)); }
  /// `action` when the loaded word is `value`; goes on otherwise.
  void answer_if(std::uint32_t value, std::uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    answer(action);
  }
  /// Skips the next `count` instructions unless the loaded word is `value`.
  void unless_skip(std::uint32_t value, std::uint8_t count) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
  }
  /// `action` when the loaded word has one of these bits.
  void answer_if_any(std::uint32_t bits, std::uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    answer(action);
  }
  /// `action` when the loaded word has none of these bits.
  void answer_if_none(std::uint32_t bits, std::uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0));
    answer(action);
  }
  void install() {
    sock_fprog code{static_cast<unsigned short>(code_.size()), code_.data()};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code) != 0) {
      throw std::system_error(errno, std::system_category(), "filter the system calls of a worker");
    }
  }

 private:
  void add(sock_filter instruction) { code_.push_back(instruction); }
  std::vector<sock_filter> code_;
};

constexpr std::uint32_t refusal(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

constexpr std::size_t argument(int index) {
  // The lower half of a 64-bit word on this little-endian machine.
  return offsetof(seccomp_data, args) + static_cast<std::size_t>(index) * 8;
}

/// Of a call that is fine with some first arguments only. Leaves the number of the call loaded.
void add_rule_of_clone(program& filter) {
  // Threads, but no processes.
  filter.unless_skip(SYS_clone, 4);
  filter.load(argument(0));
  filter.answer_if_none(CLONE_THREAD, refusal(EPERM));
  filter.answer(SECCOMP_RET_ALLOW);
}
void add_rule_of_signal(program& filter, std::uint32_t call) {
  // Signals to itself only: abort() needs one.
  filter.unless_skip(call, 4);
  filter.load(argument(0));
  filter.answer_if(static_cast<std::uint32_t>(::getpid()), SECCOMP_RET_ALLOW);
  filter.answer(refusal(EPERM));
}

}  // namespace

void filter_calls(sandbox level) {
  program filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.unless_skip(AUDIT_ARCH_X86_64, 1);
  filter.load(offsetof(seccomp_data, nr));
  // Another architecture's number is above all of ours: refused like the x32 ones.
  filter.answer_if_any(x32_calls, refusal(EPERM));
  for (const int call : missing_calls) {
    filter.answer_if(static_cast<std::uint32_t>(call), refusal(ENOSYS));
  }
  add_rule_of_clone(filter);
  add_rule_of_signal(filter, SYS_kill);
  add_rule_of_signal(filter, SYS_tgkill);
  if (level == sandbox::pure) {
    for (const int call : computing_calls) {
      filter.answer_if(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
    }
    filter.answer(refusal(EPERM));
  } else {
    for (const int call : forbidden_calls) {
      filter.answer_if(static_cast<std::uint32_t>(call), refusal(EPERM));
    }
    filter.answer(SECCOMP_RET_ALLOW);
  }
  filter.install();
}

}  // namespace tridem::detail
