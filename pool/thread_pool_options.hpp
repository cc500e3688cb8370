// SPDX-License-Identifier: MIT
// What a thread pool is made of, how single jobs may differ, and what it says of itself.
#pragma once

#include <tridem/pool/detail/thread_hook.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tridem {

struct thread_pool_options {
  /// Threads at most, 1 or more; 0 for one per usable CPU. They are started when work needs them.
  std::size_t threads = 0;
  /// Jobs that may wait for a thread before `room` makes producers wait, 1 or more.
  std::size_t max_pending = 1024;
  /// Names the threads "<name>-<number>", of which the system keeps 15 bytes.
  std::string name = "pool";
  /// Called on each thread before its first job, by any copyable callable. When it throws, that
  /// start has failed: the jobs get the exception if no other thread is there to run them.
  detail::thread_hook initializer = {};
  /// Called on each thread before it ends. What it throws is told on stderr.
  detail::thread_hook finalizer = {};
  /// How long a thread may have nothing to do before it ends; another is started when needed. Zero:
  /// for ever.
  duration idle_timeout = std::chrono::seconds(10);
  /// What `shutdown` gives jobs that were asked to stop, where its own time is limited.
  duration grace = std::chrono::seconds(1);
  /// The CPUs on which the threads may run, by their numbers; empty for all that the process may
  /// use.
  std::vector<int> cpus = {};
  /// Only CPUs of this NUMA node; -1 for any. What the threads are first to write then lies in the
  /// memory of that node.
  int numa_node = -1;
  /// Binds thread i to the i-th of its CPUs, round and round, instead of to all of them.
  bool pin = false;
};

/// How one job, or each job of a map, differs. Trivial: it may stand inside a co_await expression.
struct job_options {
  /// Goes before all jobs that are not urgent and wait for a thread.
  bool urgent = false;
};

/// A look at a pool; exact for one moment between two jobs.
struct thread_pool_stats {
  std::size_t threads = 0;            ///< Started, and not ended.
  std::size_t queued = 0;             ///< Jobs that wait for a thread.
  std::size_t running = 0;            ///< Jobs on threads.
  std::uint64_t completed = 0;        ///< Jobs that have run, with a value or an exception.
  std::uint64_t started_threads = 0;  ///< Since the pool began.
};

}  // namespace tridem
