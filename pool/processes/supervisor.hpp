// SPDX-License-Identifier: MIT
// Keeps worker processes alive: starts them, tells them to stop, hears how they ended, buries them.
//
//   server: none -first worker-> starting -hello-> running -socket ends-> none
//   start failures in a row: wait 10 ms, 20 ms, ... 1 s; after max(3, 2 x workers): broken
#pragma once

#include "pool/processes/oom_count.hpp"
#include "pool/processes/worker_link.hpp"
#include "pool/worker/fork_server_client.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/detail/server_use.hpp>
#include <tridem/pool/process_pool_options.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

namespace tridem::detail {

/// Who has the calls: told what becomes of the workers that have them.
class supervisor_client {
 public:
  /// Takes the results that are there, while the worker's memory can still be read.
  virtual void drain(worker_link& worker) noexcept = 0;
  /// The worker is dead; its open calls have to go elsewhere, or to fail.
  virtual void worker_died(worker_link& worker) noexcept = 0;
  /// The worker gets SIGTERM: what it has not started has to go elsewhere.
  virtual void give_up_queue(worker_link& worker) noexcept = 0;
  /// The running call was in its worker for longer than task_timeout.
  virtual void task_timed_out(worker_link& worker) noexcept = 0;
  /// The worker is about to leave. True when it was given one more call, after which it is retired
  /// again.
  virtual bool give_last_call(worker_link& worker) noexcept = 0;
  /// There may be room for calls now.
  virtual void workers_changed() noexcept = 0;
  /// No worker can be started, now or ever.
  virtual void start_impossible(const std::exception_ptr& why) noexcept = 0;

 protected:
  ~supervisor_client() = default;
};

/// How long a pool waits before it tries again what has failed once.
inline constexpr duration first_start_pause = std::chrono::milliseconds(10);

/// Never blocks, except in `kill_all`. Loop's thread only.
class supervisor final : private worker_watcher {
 public:
  supervisor(event_loop& home, const process_pool_options& options, server_use use,
             supervisor_client& client);
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;
  ~supervisor();

  /// Readable when `step` has something to do.
  [[nodiscard]] int events() const noexcept { return events_.get(); }
  /// Handles what has happened. Returns at once.
  void step() noexcept;
  /// Makes `events` readable.
  void nudge() noexcept;

  /// Starts one more worker, unless that has to wait or is impossible: then null.
  worker_link* start_worker() noexcept;
  [[nodiscard]] bool can_start() const noexcept;
  [[nodiscard]] const std::exception_ptr& why_broken() const noexcept { return broken_; }

  /// Tells a call that has begun to stop, then the worker itself, each after `grace`.
  void stop(worker_link& worker, std::uint64_t sequence, duration grace) noexcept;
  /// Results have come: if that of the call to stop is among them, the worker need not be stopped
  /// any more, unless it was signalled already.
  void results_came(worker_link& worker) noexcept;
  /// Kills a worker that has broken the protocol; its running call fails with `why`.
  void kill_broken(worker_link& worker, std::exception_ptr why) noexcept;
  /// Lets a worker leave as soon as it has nothing to do.
  void retire(worker_link& worker) noexcept;
  /// Watches over the call at the head of the worker's queue.
  void watch_head(worker_link& worker) noexcept;

  /// Lets the server and everything below it end; `is_empty` tells when they have.
  void let_go() noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return workers_.empty() && server_ == nullptr; }
  /// Ends everything at once and waits for that, at most two seconds.
  void kill_all() noexcept;

  [[nodiscard]] std::vector<std::unique_ptr<worker_link>>& workers() noexcept { return workers_; }
  [[nodiscard]] doorbell& bell() noexcept { return bell_; }
  [[nodiscard]] int server_pid() const noexcept { return server_ ? server_->pid() : 0; }
  [[nodiscard]] std::uint64_t started() const noexcept { return last_number_; }

 private:
  void stage_passed(worker_link& worker) noexcept override;
  void ran_too_long(worker_link& worker) noexcept override;

  worker_link* find(std::uint64_t number) noexcept;
  void ensure_server();
  void serve_server() noexcept;
  void handle(fork_server_client::message& message);
  void started(worker_link& worker, fork_server_client::message& message) noexcept;
  void server_is_gone() noexcept;
  void process_ended(worker_link& worker) noexcept;
  void bury(worker_link& worker) noexcept;
  void note_failure(std::exception_ptr why, bool is_final) noexcept;
  void pause_starts(duration pause) noexcept;
  void note_success() noexcept { failures_ = 0; }
  void rest_when_idle() noexcept;
  void arm(worker_link::timer& timer, duration after) noexcept;
  void disarm(timer_node& timer) noexcept;
  void watch(int number, std::uint64_t key) noexcept;
  void unwatch(int number) noexcept;

  /// Wakes the pool up when the time for another attempt has come.
  class retry_timer final : public timer_node {
   public:
    explicit retry_timer(supervisor& owner) noexcept : owner_(owner) {}
    void fire() noexcept override { owner_.client_.workers_changed(); }

   private:
    supervisor& owner_;
  };

  /// Gives a server that is shared back when there was no worker for a while.
  class rest_timer final : public timer_node {
   public:
    explicit rest_timer(supervisor& owner) noexcept : owner_(owner) {}
    void fire() noexcept override {
      if (owner_.server_ && owner_.workers_.empty()) owner_.server_->let_go();
    }

   private:
    supervisor& owner_;
  };

  event_loop& home_;
  const process_pool_options& options_;
  const server_use use_;
  supervisor_client& client_;
  doorbell bell_;
  descriptor events_;
  descriptor nudge_;
  std::unique_ptr<fork_server_client> server_;
  oom_count oom_kills_;
  bool server_said_hello_ = false;
  bool letting_go_ = false;
  std::vector<std::unique_ptr<worker_link>> workers_;
  std::uint64_t last_number_ = 0;
  unsigned failures_ = 0;
  time_point not_before_ = time_point::min();
  std::exception_ptr broken_;
  retry_timer retry_{*this};
  rest_timer rest_{*this};
};

}  // namespace tridem::detail
