// SPDX-License-Identifier: MIT
// What a thread pool is made of, and what it says of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tridem {

struct thread_pool_options {
  /// Threads at most, 1 or more; 0 for one per usable CPU. They are started when work needs them.
  std::size_t threads = 0;
  /// Jobs that may wait for a thread before `room` makes producers wait, 1 or more.
  std::size_t max_pending = 1024;
  /// Names the threads "<name>-<number>", of which the system keeps 15 bytes.
  std::string name = "pool";
};

/// A look at a pool; exact for one moment between two jobs.
struct thread_pool_stats {
  std::size_t threads = 0;      ///< Started, and not ended.
  std::size_t queued = 0;       ///< Jobs that wait for a thread.
  std::size_t running = 0;      ///< Jobs on threads.
  std::uint64_t completed = 0;  ///< Jobs that have run, with a value or an exception.
};

}  // namespace tridem
