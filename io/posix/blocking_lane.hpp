// SPDX-License-Identifier: MIT
// A few threads for the system calls that cannot be awaited: files for a reactor, directories for
// every driver.
#pragma once

#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/operation.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace tridem::detail {

/// Performs operations in other threads, first in, first out. Threads start when needed and end
/// with the lane; all signals are blocked in them.
///
/// Links nodes through `driver_data`: nothing is allocated per operation.
/// Threads: the loop's thread only.
class blocking_lane {
 public:
  /// `perform` does an operation and sets its result; `home` is woken when something has finished.
  blocking_lane(driver& home, void (*perform)(operation&) noexcept) noexcept
      : home_(home), perform_(perform) {}
  blocking_lane(const blocking_lane&) = delete;
  blocking_lane& operator=(const blocking_lane&) = delete;
  ~blocking_lane();

  void push(operation& op);

  /// Takes `op` out again; false when a thread has begun it already.
  bool remove(operation& op) noexcept;

  /// Moves what has finished into `completed`, and tells how many that were.
  std::size_t collect(operation_list& completed) noexcept;

  static constexpr std::size_t max_threads = 4;

 private:
  void work() noexcept;
  bool start_thread() noexcept;
  operation& take_first() noexcept;
  void finish(operation& op) noexcept;

  driver& home_;
  void (*const perform_)(operation&) noexcept;
  std::mutex mutex_;
  std::condition_variable work_arrived_;
  operation* first_ = nullptr;  // guarded by mutex_, like the next four
  operation* last_ = nullptr;
  std::size_t queued_ = 0;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::atomic<operation*> finished_{nullptr};  // a stack, newest first
  std::size_t outstanding_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace tridem::detail
