// SPDX-License-Identifier: MIT
// The inside of a process pool, for the life of one loop: which call goes to which worker.
//
//   open -close-> draining -no calls | patience-> ending -no processes-> ended
//   open | draining -destroy-> ended at once
#pragma once

#include "pool/processes/supervisor.hpp"
#include "pool/threads/spin_policy.hpp"

#include <tridem/pool/detail/process_call.hpp>
#include <tridem/pool/process_pool_options.hpp>
#include <tridem/runtime/detail/poller.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/task.hpp>

#include <cstdint>
#include <exception>
#include <memory>

namespace tridem::detail {

/// Owned by the pool and by the task that watches its processes. Loop's thread only.
class process_core final : public poller, private supervisor_client {
 public:
  /// Errors: std::system_error.
  process_core(event_loop& home, const process_pool_options& options, server_use use);
  process_core(const process_core&) = delete;
  process_core& operator=(const process_core&) = delete;
  ~process_core();

  /// Starts the task that watches the processes. It keeps `self` alive.
  static void start(const std::shared_ptr<process_core>& self);

  /// Takes a call on. False when it has failed at once.
  bool enqueue(process_call& call) noexcept;
  void cancel(process_call& call) noexcept;
  void deadline_passed(process_call& call) noexcept;

  /// Takes no more calls, and begins to end; `ended` is set when all is done. The first call
  /// decides the mode, later ones can only be more severe.
  void close(shutdown_mode mode, duration patience) noexcept;
  /// Ends at once: all calls fail, all processes are gone when it returns.
  void destroy() noexcept;

  /// At most so many workers from now on; those that are too many leave when they have nothing to
  /// do.
  void resize(std::size_t workers) noexcept;

  [[nodiscard]] process_pool_stats stats() const;
  [[nodiscard]] bool has_room() const noexcept {
    return pending_count_ < options_.max_pending || closed_;
  }

  event room;     ///< Set while `has_room`.
  event changed;  ///< Set and cleared when a process has started or ended.
  event ended;    ///< No call and no process is left, and none will come.
  event_loop& home;

  bool poll() noexcept override;
  bool prepare_sleep() noexcept override;
  void awake() noexcept override;
  [[nodiscard]] int spin_ns() const noexcept override;

 private:
  void drain(worker_link& worker) noexcept override;
  void worker_died(worker_link& worker) noexcept override;
  void give_up_queue(worker_link& worker) noexcept override;
  void task_timed_out(worker_link& worker) noexcept override;
  bool give_last_call(worker_link& worker) noexcept override;
  void workers_changed() noexcept override;
  void start_impossible(const std::exception_ptr& why) noexcept override;

  // Calls.
  void dispatch() noexcept;
  bool may_begin() noexcept;
  worker_link* choose_worker() noexcept;
  bool give(worker_link& worker, process_call& call) noexcept;
  void rebalance() noexcept;
  void deliver(worker_link& worker, process_call& call, const channel::result& result) noexcept;
  void finish(process_call& call) noexcept;
  void fail(process_call& call, std::exception_ptr why) noexcept;
  void fail_all(const std::exception_ptr& why) noexcept;
  void requeue(call_list& calls) noexcept;
  void crashed(process_call& call, worker_link& worker, call_list& again) noexcept;
  void time_out(process_call& call) noexcept;
  std::exception_ptr timeout_of(const process_call& call, int pid) const noexcept;
  bool make_room() noexcept;
  void update_room() noexcept;
  void update_quiet() noexcept;

  // Workers: their beginning, their limits, their end.
  void set_up(worker_link& worker) noexcept;
  void own_call_ended(worker_link& worker, own_call& call) noexcept;
  void own_call_crashed(worker_link& worker, own_call& call) noexcept;
  [[nodiscard]] bool has_done_enough(worker_link& worker) noexcept;
  void note_idle(worker_link& worker) noexcept;
  void retire_idle() noexcept;
  void age_blocks() noexcept;

  // The end.
  static task<> watch(std::shared_ptr<process_core> self);
  static task<> watch_bell(process_core& self);
  static task<> watch_processes(process_core& self);
  static task<> guard(process_core& self);
  static task<> close_down(process_core& self);
  void apply_mode() noexcept;
  void stop_watching() noexcept;

  process_pool_options options_;
  worker_call limits_;  // empty when there are none
  supervisor supervisor_;
  call_list pending_;
  std::size_t pending_count_ = 0;
  std::size_t given_count_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t crashed_ = 0;
  std::uint64_t retried_ = 0;
  /// Fires when the next idle worker has been so for long enough.
  class idle_timer final : public timer_node {
   public:
    explicit idle_timer(process_core& owner) noexcept : owner_(owner) {}
    void fire() noexcept override { owner_.retire_idle(); }

   private:
    process_core& owner_;
  };
  idle_timer idle_{*this};
  /// Fires while blocks of large messages are kept that may have to be given back.
  class block_timer final : public timer_node {
   public:
    explicit block_timer(process_core& owner) noexcept : owner_(owner) {}
    void fire() noexcept override { owner_.age_blocks(); }

   private:
    process_core& owner_;
  };
  block_timer blocks_{*this};
  mutable spin_policy spinning_;
  mutable bool has_spun_ = false;

  event close_requested_;
  event quiet_;  // no calls
  event no_workers_;
  event no_processes_;
  bool closed_ = false;
  bool is_polled_ = false;
  bool stop_watching_ = false;
  bool loop_ends_ = false;
  shutdown_mode mode_ = shutdown_mode::drain;
  time_point patience_ends_ = never;
};

}  // namespace tridem::detail
