// SPDX-License-Identifier: MIT
// getrlimit(2), sched_getaffinity(2), /proc and the files of cgroups, version 1 and 2.
#include "io/posix/machine.hpp"

#include <tridem/io/descriptor.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <sched.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tridem::detail {
namespace {

using enum finding::verdict;

std::string contents_of(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string text;
  std::array<char, 4096> block{};
  ssize_t count = 0;
  while (file && (count = ::read(file.get(), block.data(), block.size())) > 0) {
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

::rlimit limit_of(__rlimit_resource_t which) noexcept {
  ::rlimit limit{};
  ::getrlimit(which, &limit);
  return limit;
}

std::string text_of(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

/// The folder of this process's cgroup below the mount of `controller` (version 1) or of the
/// unified tree (empty name), as /proc/self/cgroup tells: "4:memory:/path", "0::/path".
std::string cgroup_folder(std::string_view controller) {
  const std::string all = contents_of("/proc/self/cgroup");
  std::string_view rest = all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    const std::string path(line.substr(second + 1));
    if (names != controller) continue;
    return controller.empty() ? "/sys/fs/cgroup" + path
                              : "/sys/fs/cgroup/" + std::string(controller) + path;
  }
  return {};
}

struct cgroup_limit {
  const char* subject;
  const char* controller;    // of version 1
  const char* file;          // of version 1
  const char* unified_file;  // of version 2
  const char* consequence;
  const char* advice;
};

constexpr cgroup_limit cgroup_limits[] = {
    {"cgroup pids", "pids", "pids.max", "pids.max",
     "workers, subprocesses and threads beyond it fail with EAGAIN",
     "raise it with TasksMax= or --pids-limit if you need more"},
    {"cgroup memory", "memory", "memory.limit_in_bytes", "memory.max",
     "beyond it the kernel kills a process, perhaps a worker: its call fails with SIGKILL",
     "set max_memory_per_worker so that the pool acts first"},
    {"cgroup CPU", "cpu", "cpu.cfs_quota_us", "cpu.max",
     "threads beyond the share are stopped for parts of each period",
     "give pools as many threads and workers as the share is CPUs"},
};

/// What both versions write for "no limit": "max", "max 100000", -1, or nearly 2^63.
bool is_no_limit(std::string_view text) noexcept {
  if (text.empty() || text.starts_with("max") || text.starts_with('-')) return true;
  unsigned long long number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number > 1ULL << 62;
}

}  // namespace

std::string first_line_of(const std::string& path) {
  const std::string text = contents_of(path);
  return text.substr(0, text.find('\n'));
}

finding descriptors_found() {
  const ::rlimit limit = limit_of(RLIMIT_NOFILE);
  finding found{
      good, "descriptors",
      text_of(limit.rlim_cur) + " for this process (hard limit " + text_of(limit.rlim_max) + ")",
      "as many connections, files and pipes at a time", ""};
  if (limit.rlim_cur < limit.rlim_max || limit.rlim_cur < 4096) {
    if (limit.rlim_cur < 4096) found.how = note;
    found.advice = "for a server with more connections: ulimit -n, or LimitNOFILE=";
  }
  return found;
}

finding processes_found() {
  const ::rlimit limit = limit_of(RLIMIT_NPROC);
  finding found{good, "processes", text_of(limit.rlim_cur) + " processes and threads for this user",
                "workers and subprocesses beyond it fail with EAGAIN", ""};
  if (limit.rlim_cur < 256) {
    found.how = note;
    found.advice = "raise it: ulimit -u, or LimitNPROC=";
  }
  return found;
}

finding locked_memory_found() {
  const ::rlimit limit = limit_of(RLIMIT_MEMLOCK);
  finding found{good, "locked memory", text_of(limit.rlim_cur) + " bytes",
                "enough for the rings of many loops", ""};
  constexpr rlim_t enough = 64 * 1024;
  if (limit.rlim_cur < enough) {
    found.how = note;
    found.consequence = "older kernels refuse rings then, and loops run on the Asio driver";
    found.advice = "raise it: ulimit -l, or LimitMEMLOCK=8M";
  }
  return found;
}

finding cpus_found() {
  ::cpu_set_t usable;
  CPU_ZERO(&usable);
  const bool known = ::sched_getaffinity(0, sizeof usable, &usable) == 0;
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  const int count = known ? CPU_COUNT(&usable) : static_cast<int>(online);
  finding found{good, "CPUs",
                std::to_string(count) + " usable of " + std::to_string(online) + " online",
                "pools have that many threads and workers by default", ""};
  if (count == 1) {
    found.how = note;
    found.consequence = "nothing runs in parallel, and no thread spins before it sleeps";
  }
  return found;
}

finding pidfds_found() {
  const descriptor self{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
  if (self) return {good, "pidfds", "there", "the end of subprocesses and workers is awaited", ""};
  const int error = errno;
  return {wrong, "pidfds",
          error == ENOSYS ? "none (ENOSYS)" : "denied (errno " + std::to_string(error) + ")",
          "neither subprocess nor process_pool works",
          "Linux 5.4 has them; in a container allow pidfd_open, pidfd_send_signal and waitid"};
}

finding proc_found() {
  if (::access("/proc/self/exe", R_OK) == 0) {
    return {good, "/proc", "mounted", "workers start from /proc/self/exe", ""};
  }
  return {note, "/proc", "not mounted",
          "workers start by the name that this program was started with",
          "mount it, or set worker_executable of the pool"};
}

std::vector<finding> cgroup_found() {
  std::vector<finding> all;
  const std::string unified = cgroup_folder("");
  for (const cgroup_limit& each : cgroup_limits) {
    std::string limit = unified.empty() ? "" : first_line_of(unified + '/' + each.unified_file);
    const std::string old = cgroup_folder(each.controller);
    if (limit.empty() && !old.empty()) limit = first_line_of(old + '/' + each.file);
    if (is_no_limit(limit)) continue;
    all.push_back({note, each.subject, "limited to " + limit, each.consequence, each.advice});
  }
  if (all.empty()) all.push_back({good, "cgroup", "no limit on pids, memory or CPU", "", ""});
  return all;
}

}  // namespace tridem::detail
