// SPDX-License-Identifier: MIT
// What a worker process may use and do: limits of the kernel, and a sandbox for untrusted work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tridem {

/// How far a worker is cut off. Each level includes those before it.
enum class sandbox : unsigned char {
  none,
  /// exec gains no rights any more (set-user-ID programs, file capabilities).
  no_new_privileges,
  /// No file but those below `readable` and `writable` can be opened; no sockets, no new processes
  /// and programs, no signals and no tracing to other processes, no io_uring. Threads, memory and
  /// what is open already stay usable. For parsers of untrusted data.
  no_net_no_fs,
  /// Only computing, memory, threads, time, and reading and writing what is open already.
  pure,
};

/// Given to process_pool_options::limits. Whatever is left alone here is left alone in the worker.
///
/// Applied in each worker after the initializer, which belongs to the program and is trusted, and
/// before the first call. A limit that cannot be enforced on this kernel is an error of the start,
/// unless `best_effort`; worker_stats::enforced tells what is in force.
struct worker_limits {
  /// Seconds of CPU time before SIGXCPU, and a second later SIGKILL; 0 for no limit. (RLIMIT_CPU)
  std::uint64_t cpu_seconds = 0;
  /// Bytes of address space; 0 for no limit. Allocations beyond it throw std::bad_alloc.
  /// (RLIMIT_AS)
  std::uint64_t address_space = 0;
  /// Bytes of memory, by a control group of the worker's own; 0 for no limit. Counts what is
  /// allocated from then on, shared memory that it is the first to touch included. Beyond it the
  /// kernel ends the worker, and worker_crashed says so. (cgroup memory, version 1 or 2)
  std::uint64_t memory = 0;
  /// Processes and threads, the worker's own included, by the same group; 0 for no limit. Beyond it
  /// fork and new threads fail with EAGAIN. (cgroup pids)
  std::uint64_t processes = 0;
  /// Descriptors, the worker's own dozen included; 0 for no limit. (RLIMIT_NOFILE)
  std::uint64_t open_files = 0;
  /// Bytes to which a file may grow, shared memory included; 0 for no limit. (RLIMIT_FSIZE)
  std::uint64_t file_size = 0;
  /// No core dumps, and no look into the worker's memory through /proc by others of its user.
  bool secrets = false;
  /// Start with an environment that holds no secrets: of the program's own only PATH, HOME, USER,
  /// LOGNAME, LANG, LC_*, TZ, TMPDIR, LD_LIBRARY_PATH, TRIDEM_* and the options of sanitizers, and
  /// process_pool_options::environment.
  bool clean_environment = false;
  /// Added to the nice value, 0 to 19.
  int nice = 0;
  /// Added to the kernel's inclination to end this process when memory is short, 0 to 1000.
  int oom_score = 0;
  /// The CPUs that it may use; empty for all.
  std::vector<int> cpus = {};
  sandbox level = sandbox::none;
  /// Files and directories that stay readable in a sandbox, executable ones included.
  std::vector<std::string> readable = {};
  /// Files and directories that stay readable and writable in a sandbox.
  std::vector<std::string> writable = {};
  /// Go without what this kernel cannot enforce, instead of refusing to start.
  bool best_effort = false;

  [[nodiscard]] bool operator==(const worker_limits&) const = default;
};

}  // namespace tridem
