// SPDX-License-Identifier: MIT
// The threads of one pool: started on demand, asleep when idle, woken one by one.
//
// A thread is busy, searching (looking for a job, or on its way there after a wake-up), or asleep.
// How many search and sleep stands in one word, `state_`.
//
// 1. Who has added a job wakes a thread only when none searches: the searcher will find the job.
// 2. Who takes a job and leaves others behind wakes the next, if none searches. So a burst of jobs
//    costs whoever submits it one wake-up, and the threads wake each other.
// 3. Who goes to sleep counts itself as asleep first and looks for jobs afterwards; who adds a job
//    adds it first and reads `state_` afterwards (both seq_cst): one of them sees the other.
// 4. A wake-up moves one of the sleepers to the searchers, and leaves a token; which of the
// sleepers
//    takes the token does not matter.
// 5. Where nobody sleeps and threads are lacking, one is started instead.
#pragma once

#include "pool/threads/spin_policy.hpp"
#include "pool/threads/work_queue.hpp"

#include <tridem/pool/thread_pool_options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tridem::detail {

class thread_crew {
 public:
  explicit thread_crew(thread_pool_options options);
  thread_crew(const thread_crew&) = delete;
  thread_crew& operator=(const thread_crew&) = delete;
  /// Refuses the jobs that wait, asks those that run to stop, and waits for them.
  ~thread_crew();

  // Called on the threads of loops.

  /// Refuses the job when the pool is closed.
  [[nodiscard]] bool enqueue(thread_job& job) noexcept;
  [[nodiscard]] bool withdraw(thread_job& job) noexcept;
  /// False when there is room, or none is needed any more.
  [[nodiscard]] bool enqueue_for_room(pool_wait& wait) noexcept;
  /// Closes the pool for new jobs. False when its threads have ended.
  [[nodiscard]] bool enqueue_for_end(pool_wait& wait) noexcept;
  [[nodiscard]] bool withdraw(pool_wait& wait) noexcept;

  [[nodiscard]] thread_pool_stats stats() noexcept;
  [[nodiscard]] const thread_pool_options& options() const noexcept { return options_; }

 private:
  using wait_list = intrusive_list<pool_wait, pool_wait_tag>;

  // Called on the threads of the crew.
  void work(std::size_t number) noexcept;
  [[nodiscard]] thread_job* take() noexcept;
  void run(thread_job& job) noexcept;
  [[nodiscard]] bool spin(spin_policy& policy) const noexcept;
  [[nodiscard]] bool may_spin(spin_policy& policy, bool searching) const noexcept;
  void sleep_until_woken(bool searching) noexcept;
  [[nodiscard]] bool try_leave(bool searching) noexcept;

  void give_room(wait_list& to) noexcept;
  void wake_one(bool may_start) noexcept;
  void wake_all() noexcept;
  void start_thread() noexcept;
  void join() noexcept;
  static void refuse_all(wait_list& waits, std::exception_ptr why) noexcept;

  const thread_pool_options options_;
  const std::size_t cpus_;
  work_queue queue_;

  // Low half: threads that search; high half: threads that sleep. Partner of queue_: seq_cst.
  static constexpr std::uint64_t one_searching = 1;
  static constexpr std::uint64_t one_sleeping = std::uint64_t{1} << 32;
  alignas(64) std::atomic<std::uint64_t> state_{0};
  // Wake-ups that have not been taken; a futex.
  std::atomic<std::uint32_t> tokens_{0};
  // Hints for spinning: the CPU from which the last job came, and the threads there are.
  std::atomic<int> submitter_cpu_{-1};
  std::atomic<std::size_t> thread_count_{0};
  // Jobs that have ended; written before they are posted.
  alignas(64) std::atomic<std::uint64_t> completed_{0};

  std::mutex lock_;  // guards what follows, and the inside of queue_
  wait_list running_stoppable_;
  wait_list waiting_for_room_;
  wait_list waiting_for_end_;
  std::vector<std::thread> threads_;
  std::size_t alive_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace tridem::detail
