// SPDX-License-Identifier: MIT
// waitid, pidfd_send_signal, and one ioctl that no header of Debian 12 knows yet.
#include "io/posix/pidfd.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <mutex>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tridem::detail {
namespace {

/// struct pidfd_info of <linux/pidfd.h>, in the size that Linux 6.13 began with.
struct kernel_pidfd_info {
  std::uint64_t mask;
  std::uint64_t cgroup;
  std::uint32_t ids[11];
  std::int32_t exit_code;  // as waitpid(2) gives it
};
static_assert(sizeof(kernel_pidfd_info) == 64);

constexpr std::uint64_t exit_was_recorded = 1U << 3;  // PIDFD_INFO_EXIT, Linux 6.15
constexpr unsigned long get_info = _IOWR(0xff, 11, kernel_pidfd_info);  // PIDFD_GET_INFO
constexpr unsigned whole_group = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9

/// What the kernel remembers of a process that somebody else has reaped.
exit_status recorded_status(int pidfd) noexcept {
  kernel_pidfd_info info{};
  info.mask = exit_was_recorded;
  if (::ioctl(pidfd, get_info, &info) != 0 || (info.mask & exit_was_recorded) == 0) return {};
  return exit_status::from_wait(info.exit_code);
}

bool has_ended(int pidfd, std::chrono::milliseconds patience) noexcept {
  const auto end = std::chrono::steady_clock::now() + patience;
  ::pollfd watched{pidfd, POLLIN, 0};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const int ready =
        ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

struct graveyard {
  std::mutex door;
  std::vector<descriptor> dying;
};

graveyard& buried() {
  // Never destroyed: subprocesses of static storage may end after it.
  static graveyard& place = *new graveyard;
  return place;
}

}  // namespace

std::optional<exit_status> try_reap(int pidfd) noexcept {
  ::siginfo_t info{};
  int result;
  do {
    result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
  } while (result < 0 && errno == EINTR);
  if (result < 0) {
    // No child any more. While other threads of the leader still run, it has not ended.
    if (!has_ended(pidfd, std::chrono::milliseconds(0))) return std::nullopt;
    return recorded_status(pidfd);
  }
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return exit_status::exited(info.si_status);
  return exit_status::killed(info.si_status, info.si_code == CLD_DUMPED);
}

int send_signal(int pidfd, int signal) noexcept {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 ? 0 : errno;
}

int send_signal_to_group(int pidfd, int pid, int signal) noexcept {
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, whole_group) == 0) return 0;
  if (errno != EINVAL) return errno;
  // The number is not given to others before the process is reaped, which only we do.
  return ::kill(-pid, signal) == 0 ? 0 : errno;
}

void bury(descriptor pidfd) noexcept {
  reap_buried();
  if (has_ended(pidfd.get(), std::chrono::seconds(1)) && try_reap(pidfd.get())) return;
  graveyard& place = buried();
  const std::lock_guard inside(place.door);
  try {
    place.dying.push_back(std::move(pidfd));
  } catch (const std::exception&) {
    // Without memory it stays a zombie until this process ends.
  }
}

void reap_buried() noexcept {
  graveyard& place = buried();
  const std::lock_guard inside(place.door);
  std::erase_if(place.dying,
                [](const descriptor& each) { return try_reap(each.get()).has_value(); });
}

}  // namespace tridem::detail
