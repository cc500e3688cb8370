// SPDX-License-Identifier: MIT
// What a process pool is made of, how single calls may differ, and what it says of itself.
#pragma once

#include <tridem/pool/shutdown_mode.hpp>
#include <tridem/pool/worker_call.hpp>
#include <tridem/pool/worker_limits.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tridem {

/// Given to the constructor of process_pool. A duration of zero means "no limit".
struct process_pool_options {
  /// Worker processes at most, 1 or more; 0 for one per usable CPU. They start when calls need
  /// them.
  std::size_t workers = 0;
  /// Calls that may wait for a worker before `room` makes producers wait and `try_submit` fails, 1
  /// or more.
  std::size_t max_pending = 1024;
  /// The largest message, arguments or result, in bytes. Shared memory does not count.
  std::size_t max_message = std::size_t{1} << 30;
  /// Calls that a worker runs before it is replaced, to bound what leaks; 0 for no limit.
  std::size_t max_tasks_per_worker = 0;
  /// Resident bytes above which a worker is replaced when it has nothing under way; 0 for no limit.
  /// Looked at between calls: a call is never ended for it.
  std::size_t max_memory_per_worker = 0;
  /// How long a worker may have nothing to do before it leaves; another is started when needed.
  duration idle_timeout = duration::zero();
  /// Called in each worker before its first call: `in_worker<&load>("model")`. When it throws, or
  /// ends the worker, that start has failed.
  worker_call initializer = {};
  /// Called in each worker that leaves in good order, before it does; two seconds are given to it.
  /// What it throws is told on stderr.
  worker_call finalizer = {};
  /// How long each call may run, counted from its start in a worker.
  duration task_timeout = duration::zero();
  /// What a cancelled call gets to return by itself, and then once more to die by SIGTERM.
  duration grace = std::chrono::seconds(1);
  /// The same after a timeout.
  duration timeout_grace = std::chrono::milliseconds(100);
  /// What workers may use and do; nothing is limited unless asked for.
  worker_limits limits = {};
  /// The program to execute as fork server; empty for this one (/proc/self/exe). Must be the same
  /// build.
  std::string worker_executable = {};
  /// NAME=value, added to the environment of the workers.
  std::vector<std::string> environment = {};
};

/// How one call, or each call of a map, differs. Trivial: it may stand inside a co_await
/// expression.
struct call_options {
  /// Running it twice does no harm: when its worker dies the call is made again.
  bool idempotent = false;
  /// How often an idempotent call is made again before its error is poison_task.
  unsigned retries = 10;
  /// How long the call may take from the await on, waiting included; zero for no limit. Then its
  /// worker is stopped, if it runs, and the error is worker_timeout.
  duration deadline = duration::zero();
  /// Fail with pool_saturated when `max_pending` calls wait for a worker already.
  bool only_with_room = false;
};

/// A look at one worker process.
struct worker_stats {
  enum class state : unsigned char { starting, idle, busy, stopping };
  int pid = 0;  ///< 0 while it starts.
  state now = state::starting;
  std::size_t open = 0;         ///< Calls given to it that have not ended.
  std::uint64_t completed = 0;  ///< Calls that it has ended.
  std::size_t memory = 0;       ///< Resident bytes, shared ones included; 0 when unknown.
  duration cpu{};               ///< User and system time; zero when unknown.
  std::string enforced = {};    ///< What of process_pool_options::limits is in force.
};

/// A look at a pool.
struct process_pool_stats {
  std::size_t workers = 0;      ///< Processes that live, or start.
  std::size_t queued = 0;       ///< Calls that wait for a worker.
  std::size_t running = 0;      ///< Calls given to workers.
  std::uint64_t completed = 0;  ///< Calls that have ended with a value or an exception of theirs.
  std::uint64_t crashed = 0;    ///< Calls whose worker died while it ran them.
  std::uint64_t retried = 0;    ///< Calls that were made again after that.
  std::uint64_t started_workers = 0;  ///< Since the pool began.
  int server_pid = 0;                 ///< The fork server; 0 while there is none.
  /// Bytes of shared memory that lie ready for the next large messages, here and in the workers:
  /// for each worker at most 1 GiB in each direction, and given back after a second or two without
  /// such a message.
  std::size_t kept_bytes = 0;
  std::vector<int> worker_pids = {};
  std::vector<worker_stats> each = {};  ///< In the order of their starts.
};

}  // namespace tridem
