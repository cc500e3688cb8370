// SPDX-License-Identifier: MIT
// The threads of one pool: started on demand, asleep when idle, woken one by one, gone when idle
// for long. Who wakes whom stands in sleepers.hpp.
#pragma once

#include "pool/threads/cpu_choice.hpp"
#include "pool/threads/sleepers.hpp"
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

  /// The crew whose thread this is; null elsewhere.
  [[nodiscard]] static thread_crew* of_this_thread() noexcept { return of_this_thread_; }

  // Called on the threads of loops.

  /// Refuses the job when the pool is closed.
  [[nodiscard]] bool enqueue(thread_job& job) noexcept;
  [[nodiscard]] bool withdraw(thread_job& job) noexcept;
  /// False when there is room, or none is needed any more. On a thread of the crew it does not
  /// wait: it runs jobs of `home` to make room.
  [[nodiscard]] bool enqueue_for_room(pool_wait& wait, const event_loop& home) noexcept;
  /// Closes the pool for new jobs. False when its threads have ended.
  [[nodiscard]] bool enqueue_for_end(pool_wait& wait) noexcept;
  [[nodiscard]] bool withdraw(pool_wait& wait) noexcept;
  /// Closes the pool for new jobs, refuses those that wait and asks those that run to stop.
  /// `what_happened` is for the text: "was destroyed".
  void stop_jobs(const char* what_happened) noexcept;

  /// Runs one job that `home` has asked for and no thread has begun. False when there is none.
  ///
  /// For loops that run inside a job, on a thread of this crew: what they wait for must not wait
  /// for their thread.
  bool help(const event_loop& home) noexcept;
  /// Whether a job waits, so that one that has run for long does well to end.
  [[nodiscard]] bool has_queued() const noexcept { return !queue_.looks_empty(); }

  [[nodiscard]] thread_pool_stats stats() noexcept;
  [[nodiscard]] const thread_pool_options& options() const noexcept { return options_; }

 private:
  using wait_list = intrusive_list<pool_wait, pool_wait_tag>;

  struct member {
    std::thread handle;
    bool is_at_work = false;  // started, and not leaving
  };

  // Called on the threads of the crew (thread_crew_work.cpp).
  void work(std::size_t number) noexcept;
  [[nodiscard]] bool begin_work(std::size_t number) noexcept;
  [[nodiscard]] thread_job* take() noexcept;
  void run(thread_job& job) noexcept;
  [[nodiscard]] bool spin(spin_policy& policy) const noexcept;
  [[nodiscard]] bool may_spin(spin_policy& policy, bool searching) const noexcept;
  [[nodiscard]] bool try_leave(std::size_t number, bool searching) noexcept;
  void fail_to_begin(std::size_t number, const std::exception_ptr& why) noexcept;

  // Under the lock.
  void mark_taken(thread_job& job) noexcept;
  void give_room(wait_list& to) noexcept;
  void end_if_over(wait_list& ended) noexcept;
  [[nodiscard]] std::thread give_up_place(std::size_t number) noexcept;

  void wake_one(bool may_start) noexcept;
  void start_thread() noexcept;
  void join() noexcept;

  static constinit thread_local thread_crew* of_this_thread_;

  const thread_pool_options options_;
  const cpu_choice cpus_;
  work_queue queue_;
  sleepers sleepers_;
  // Hints for spinning: the CPU from which the last job came, and the threads there are.
  std::atomic<int> submitter_cpu_{-1};
  std::atomic<std::size_t> at_work_{0};
  // Jobs that have ended; written before they are posted.
  alignas(64) std::atomic<std::uint64_t> completed_{0};

  std::mutex lock_;  // guards what follows, and the inside of queue_
  wait_list running_stoppable_;
  wait_list waiting_for_room_;
  wait_list waiting_for_end_;
  std::vector<member> members_;
  std::thread last_to_leave_;  // joined by the next one to leave, or by the destructor
  std::size_t alive_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace tridem::detail
