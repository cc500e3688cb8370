// SPDX-License-Identifier: MIT
// One limit after the other, the gentle ones first, because the last ones forbid what sets the
// rest.
#include "pool/confinement/apply_limits.hpp"

#include "pool/confinement/call_filter.hpp"
#include "pool/confinement/control_group.hpp"
#include "pool/confinement/landlock.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <exception>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

void lower(__rlimit_resource which, std::uint64_t soft, std::uint64_t hard, const char* what) {
  ::rlimit now{};
  if (::getrlimit(which, &now) != 0) fail(what);
  const ::rlimit wanted{std::min<rlim_t>(soft, now.rlim_max), std::min<rlim_t>(hard, now.rlim_max)};
  if (::setrlimit(which, &wanted) != 0) fail(what);
}

void add_to_oom_score(int more) {
  char text[16];
  const int file = ::open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (file < 0) fail("raise the OOM score of a worker");
  const ssize_t count = ::read(file, text, sizeof text - 1);
  text[std::max<ssize_t>(count, 0)] = '\0';
  const int size = std::snprintf(text, sizeof text, "%d", std::min(std::atoi(text) + more, 1000));
  const bool written = ::pwrite(file, text, static_cast<std::size_t>(size), 0) == size;
  const int error = errno;
  ::close(file);
  errno = error;
  if (!written) fail("raise the OOM score of a worker");
}

void stay_on(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) {
    if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  }
  if (::sched_setaffinity(0, sizeof set, &set) != 0) fail("keep a worker on its CPUs");
}

/// What is set for one thread must be set before there is a second.
void expect_single_thread() {
  DIR* threads = ::opendir("/proc/self/task");
  if (threads == nullptr) return;
  int count = 0;
  while (const dirent* entry = ::readdir(threads)) count += entry->d_name[0] != '.';
  ::closedir(threads);
  if (count > 1) {
    throw std::runtime_error("confine a worker: it has " + std::to_string(count) +
                             " threads already; static objects and the initializer must not start "
                             "threads in a pool with a sandbox");
  }
}

class enforcer {
 public:
  explicit enforcer(bool best_effort) : best_effort_(best_effort) {}

  /// Runs `enforce`, and notes `what` when it went well.
  template <class Enforce>
  void run(const std::string& what, Enforce enforce) {
    std::string done = what;
    try {
      enforce();
    } catch (const std::exception& failure) {
      if (!best_effort_) throw;
      done = "NOT " + what + " (" + failure.what() + ")";
    }
    report_ += (report_.empty() ? "" : ", ") + done;
  }
  [[nodiscard]] std::string report() && { return std::move(report_); }

 private:
  bool best_effort_;
  std::string report_;
};

void enforce_resources(enforcer& into, const worker_limits& wanted) {
  if (wanted.nice != 0) {
    into.run("nice +" + std::to_string(wanted.nice), [&] {
      errno = 0;
      if (::nice(wanted.nice) == -1 && errno != 0) fail("raise the nice value of a worker");
    });
  }
  if (wanted.oom_score != 0) {
    into.run("OOM score +" + std::to_string(wanted.oom_score),
             [&] { add_to_oom_score(wanted.oom_score); });
  }
  if (!wanted.cpus.empty()) {
    into.run(std::to_string(wanted.cpus.size()) + " CPUs", [&] { stay_on(wanted.cpus); });
  }
  if (const std::uint64_t most = wanted.cpu_seconds) {
    into.run("CPU time " + std::to_string(most) + " s",
             [&] { lower(RLIMIT_CPU, most, most + 1, "limit the CPU time of a worker"); });
  }
  if (const std::uint64_t most = wanted.address_space) {
    into.run("address space " + std::to_string(most) + " bytes",
             [&] { lower(RLIMIT_AS, most, most, "limit the address space of a worker"); });
  }
  if (const std::uint64_t most = wanted.memory) {
    into.run("memory " + std::to_string(most) + " bytes", [&] { limit_memory_by_group(most); });
  }
  if (const std::uint64_t most = wanted.processes) {
    into.run("processes " + std::to_string(most), [&] { limit_processes_by_group(most); });
  }
  if (const std::uint64_t most = wanted.open_files) {
    into.run("descriptors " + std::to_string(most),
             [&] { lower(RLIMIT_NOFILE, most, most, "limit the descriptors of a worker"); });
  }
  if (const std::uint64_t most = wanted.file_size) {
    into.run("file size " + std::to_string(most) + " bytes",
             [&] { lower(RLIMIT_FSIZE, most, most, "limit the size of a worker's files"); });
  }
  // The fork server was started so.
  if (wanted.clean_environment) into.run("clean environment", [] {});
  if (wanted.secrets) {
    into.run("no dumps", [&] {
      lower(RLIMIT_CORE, 0, 0, "forbid core dumps of a worker");
      if (::prctl(PR_SET_DUMPABLE, 0) != 0) fail("forbid a look into a worker");
    });
  }
}

void enforce_sandbox(enforcer& into, const worker_limits& wanted) {
  if (wanted.level == sandbox::none) return;
  into.run("no new privileges", [] {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("forbid new privileges in a worker");
  });
  if (wanted.level == sandbox::no_new_privileges) return;
  into.run("single thread", expect_single_thread);
  into.run("files by Landlock", [&] { restrict_files(wanted.readable, wanted.writable); });
  const bool is_pure = wanted.level == sandbox::pure;
  into.run(is_pure ? "computing calls only" : "no sockets, processes, programs",
           [&] { filter_calls(wanted.level); });
}

}  // namespace

std::string apply_limits(const worker_limits& wanted) {
  enforcer into(wanted.best_effort);
  enforce_resources(into, wanted);
  enforce_sandbox(into, wanted);
  return std::move(into).report();
}

}  // namespace tridem::detail
