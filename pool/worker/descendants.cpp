// SPDX-License-Identifier: MIT
// Reads /proc for children and threads, kills and reaps.
#include "pool/worker/descendants.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tridem::detail {

namespace {

/// The direct children. Source: /proc/pid/task/tid/children in proc(5), CONFIG_PROC_CHILDREN.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  DIR* threads = ::opendir("/proc/self/task");
  if (threads == nullptr) return found;
  while (const dirent* entry = ::readdir(threads)) {
    if (entry->d_name[0] == '.') continue;
    char path[300];
    std::snprintf(path, sizeof(path), "/proc/self/task/%s/children", entry->d_name);
    if (std::FILE* file = std::fopen(path, "re")) {
      for (int child; std::fscanf(file, "%d", &child) == 1;) found.push_back(child);
      std::fclose(file);
    }
  }
  ::closedir(threads);
  return found;
}

/// Waits for the end of one child, at most `milliseconds`.
void wait_for(pid_t child, int milliseconds) noexcept {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (pidfd < 0) return;
  ::pollfd look{pidfd, POLLIN, 0};
  (void)::poll(&look, 1, milliseconds);
  ::close(pidfd);
}

}  // namespace

void end_all_descendants() noexcept {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < until) {
    const auto alive = children();
    for (const pid_t child : alive) ::kill(child, SIGKILL);
    if (!alive.empty()) wait_for(alive.front(), 100);
    pid_t ended;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    // ECHILD: nobody is left, and nobody can come any more.
    if (ended < 0) return;
    // Without /proc only the ends of those that end by themselves can be waited for.
    if (alive.empty()) (void)::waitpid(-1, nullptr, 0);
  }
}

unsigned count_threads() noexcept {
  DIR* threads = ::opendir("/proc/self/task");
  if (threads == nullptr) return 1;
  unsigned count = 0;
  while (const dirent* entry = ::readdir(threads)) count += entry->d_name[0] != '.';
  ::closedir(threads);
  return count == 0 ? 1 : count;
}

}  // namespace tridem::detail
