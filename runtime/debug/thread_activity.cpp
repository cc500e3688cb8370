// SPDX-License-Identifier: MIT
// Reads /proc/self/task: a few system calls, made only for a thread that seems to hang.
#include "runtime/debug/thread_activity.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace tridem::detail {
namespace {

// Reads a small file of a thread into `text`, with a final zero. False when that is impossible.
template <std::size_t Size>
bool read_file_of(int thread, const char* name, char (&text)[Size]) noexcept {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/%s", thread, name);
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t length = ::read(file, text, Size - 1);
  ::close(file);
  text[length > 0 ? length : 0] = '\0';
  return length > 0;
}

struct known_call {
  long number;
  const char* name;
  bool first_is_descriptor;
};

// Calls that block. The others are told by their number.
constexpr known_call known_calls[] = {
    {SYS_read, "read", true},
    {SYS_readv, "readv", true},
    {SYS_pread64, "pread", true},
    {SYS_preadv, "preadv", true},
    {SYS_write, "write", true},
    {SYS_writev, "writev", true},
    {SYS_pwrite64, "pwrite", true},
    {SYS_pwritev, "pwritev", true},
    {SYS_sendfile, "sendfile", true},
    {SYS_splice, "splice", true},
    {SYS_copy_file_range, "copy_file_range", true},
    {SYS_recvfrom, "recv", true},
    {SYS_recvmsg, "recvmsg", true},
    {SYS_sendto, "send", true},
    {SYS_sendmsg, "sendmsg", true},
    {SYS_connect, "connect", true},
    {SYS_accept, "accept", true},
    {SYS_accept4, "accept", true},
    {SYS_fsync, "fsync", true},
    {SYS_fdatasync, "fdatasync", true},
    {SYS_fallocate, "fallocate", true},
    {SYS_ftruncate, "ftruncate", true},
    {SYS_flock, "flock", true},
    {SYS_fcntl, "fcntl", true},
    {SYS_ioctl, "ioctl", true},
    {SYS_getdents64, "readdir", true},
    {SYS_epoll_pwait, "epoll_wait", true},
    {SYS_io_uring_enter, "io_uring_enter", true},
    {SYS_ppoll, "poll", false},
    {SYS_pselect6, "select", false},
    {SYS_futex, "futex: a lock, a condition, or the end of a thread", false},
    {SYS_nanosleep, "nanosleep", false},
    {SYS_clock_nanosleep, "sleep", false},
    {SYS_wait4, "waitpid", false},
    {SYS_waitid, "waitid", false},
    {SYS_rt_sigtimedwait, "sigwait", false},
    {SYS_rt_sigsuspend, "sigsuspend", false},
    {SYS_clone, "clone: a process whose start is waited for", false},
    {SYS_openat, "open", false},
    {SYS_unlinkat, "unlink", false},
    {SYS_renameat2, "rename", false},
    {SYS_newfstatat, "stat", false},
    {SYS_statx, "stat", false},
    {SYS_msync, "msync", false},
    {SYS_sync, "sync", false},
#ifdef SYS_poll
    {SYS_poll, "poll", false},
    {SYS_select, "select", false},
    {SYS_epoll_wait, "epoll_wait", true},
    {SYS_pause, "pause", false},
    {SYS_vfork, "vfork: a process whose start is waited for", false},
    {SYS_open, "open", false},
    {SYS_stat, "stat", false},
    {SYS_unlink, "unlink", false},
    {SYS_rename, "rename", false},
#endif
};

std::string descriptor_text(unsigned long fd) {
  char link[48];
  std::snprintf(link, sizeof link, "/proc/self/fd/%lu", fd);
  char target[128];
  const ssize_t length = ::readlink(link, target, sizeof target);
  std::string text = "fd " + std::to_string(fd);
  if (length > 0) text.append(", ").append(target, static_cast<std::size_t>(length));
  return text;
}

std::string call_text(long number, unsigned long first_argument) {
  for (const known_call& known : known_calls) {
    if (known.number != number) continue;
    std::string text = known.name;
    if (known.first_is_descriptor) text += "(" + descriptor_text(first_argument) + ")";
    return text;
  }
  return "system call " + std::to_string(number);
}

}  // namespace

thread_identity thread_identity::of_this_thread() noexcept {
  return {::pthread_self(), ::gettid()};
}

thread_activity activity_of(const thread_identity& thread) noexcept {
  thread_activity found;
  char text[512];
  if (read_file_of(thread.id, "stat", text)) {
    // The name of the thread stands before the state, in parentheses, and may hold any character.
    const char* name_end = std::strrchr(text, ')');
    if (name_end != nullptr && name_end[1] == ' ') found.state = name_end[2];
  }
  // "on_cpu waiting slices", the times in nanoseconds; missing where the kernel counts none.
  if (read_file_of(thread.id, "schedstat", text)) {
    if (const char* second = std::strchr(text, ' ')) {
      found.waiting = std::chrono::nanoseconds(std::strtoll(second, nullptr, 10));
    }
  }
  clockid_t clock_of_thread{};
  timespec used{};
  if (::pthread_getcpuclockid(thread.handle, &clock_of_thread) == 0 &&
      ::clock_gettime(clock_of_thread, &used) == 0) {
    found.on_cpu = std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  }
  return found;
}

duration own_share(const thread_activity& before, const thread_activity& after,
                   duration span) noexcept {
  // The kernel counts a wait for the processor only when it has ended, so of a thread that is
  // runnable just what it has computed can be told.
  duration share{};
  if (after.is_blocked()) share = span - (after.waiting - before.waiting);
  if (after.state == 'R') share = after.on_cpu - before.on_cpu;
  return std::clamp(share, duration::zero(), std::max(span, duration::zero()));
}

std::string blocked_in(const thread_identity& thread) {
  char text[256];
  // "0 0x3 0x7ffd...": the number of the call and its arguments; "running", or -1 in no call.
  if (!read_file_of(thread.id, "syscall", text)) return "a system call";
  char* rest = nullptr;
  const long number = std::strtol(text, &rest, 10);
  if (rest == text || number < 0) return "a system call";
  return call_text(number, std::strtoul(rest, nullptr, 16));
}

}  // namespace tridem::detail
