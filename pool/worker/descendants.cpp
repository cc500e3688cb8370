// SPDX-License-Identifier: MIT
// Reads /proc for children and threads, kills and reaps.
#include "pool/worker/descendants.hpp"

#include <algorithm>
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

/// How long one may take to die that was killed: it may wait for its disk.
constexpr auto patience = std::chrono::seconds(5);

}  // namespace

bool can_list_children() noexcept {
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/self/task/%d/children", ::getpid());
  return ::access(path, R_OK) == 0;
}

void end_orphans(const std::vector<pid_t>& workers) noexcept {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    std::vector<pid_t> orphans = children();
    std::erase_if(orphans, [&](pid_t child) { return std::ranges::count(workers, child) != 0; });
    if (orphans.empty()) return;
    for (const pid_t child : orphans) ::kill(child, SIGKILL);
    wait_for(orphans.front(), 100);
    for (const pid_t child : orphans) (void)::waitpid(child, nullptr, WNOHANG);
  }
}

void end_all_descendants(const std::vector<pid_t>& workers) noexcept {
  if (!can_list_children()) {
    for (const pid_t worker : workers) ::kill(-worker, SIGKILL);
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    const auto alive = children();
    for (const pid_t child : alive) ::kill(child, SIGKILL);
    const pid_t next = !alive.empty() ? alive.front() : workers.empty() ? 0 : workers.front();
    if (next != 0) wait_for(next, 100);
    pid_t ended;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    // ECHILD: nobody is left, and nobody can come any more.
    if (ended < 0) return;
    // Who is left without being known cannot be ended by us.
    if (alive.empty() && !can_list_children()) ::usleep(1000);
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
