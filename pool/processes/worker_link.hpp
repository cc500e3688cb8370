// SPDX-License-Identifier: MIT
// One worker as its parent sees it: its channel, its calls, and how it is told to stop.
//
//   starting -started-> idle -publish-> busy -last result-> idle
//   starting -10 s | death-> dying (a start that failed)
//   busy -cancel | deadline-> asked -grace-> terming -grace-> killing
//   asked -result-> idle | busy
//   idle | busy -limit-> retiring -empty-> closing
//   any -pidfd-> dying: drain; claimed = crashed; others = requeue
//   dying -status | server gone | 100 ms-> dead: removed
#pragma once

#include "pool/processes/error_output.hpp"
#include "pool/processes/own_call.hpp"
#include "pool/worker/doorbell.hpp"
#include "pool/worker/worker_main.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/channel.hpp>
#include <tridem/pool/detail/process_call.hpp>
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/time.hpp>

#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tridem::detail {

using call_list = intrusive_list<process_call, process_call_tag>;

class worker_link;

/// What a worker's timers and endings are reported to.
class worker_watcher {
 public:
  virtual void stage_passed(worker_link& worker) noexcept = 0;
  virtual void ran_too_long(worker_link& worker) noexcept = 0;

 protected:
  ~worker_watcher() = default;
};

class worker_link {
 public:
  enum class life : unsigned char { starting, running, retiring, dying };
  static constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
  /// How far the running call, and with it the worker, was told to stop.
  enum class stop_stage : unsigned char { none, asked, terming, killing };

  /// Creates channel and pipes; `passed` receives the worker's ends. Errors: std::system_error.
  worker_link(std::uint64_t number, const doorbell& bell, worker_watcher& watcher,
              worker_descriptors& passed);
  worker_link(const worker_link&) = delete;
  worker_link& operator=(const worker_link&) = delete;
  ~worker_link() = default;

  /// How many calls may be with the worker at once: few when they are long, so that none waits
  /// behind another while somebody is idle; many when they are short.
  [[nodiscard]] std::size_t depth() const noexcept;
  [[nodiscard]] bool will_stay() const noexcept {
    return state == life::starting || state == life::running;
  }
  [[nodiscard]] bool accepts() const noexcept {
    return will_stay() && stage == stop_stage::none && !is_full && !is_used_up() &&
           open_count < depth();
  }
  [[nodiscard]] bool is_idle() const noexcept { return open_count == 0; }
  /// It has been given all the calls that it may run.
  [[nodiscard]] bool is_used_up() const noexcept { return given >= most_calls; }

  /// Publishes a call. False when there is no room now. Errors: those of channel::publish.
  bool give(process_call& call, std::size_t limit);
  /// Takes a call back that was not started. False when it was.
  bool take_back(process_call& call) noexcept;
  /// The newest call, taken back; null when all were started.
  process_call* take_back_last() noexcept;

  /// Hands over the result of the oldest call: removes it and gives it back with what came.
  /// Errors: malformed_message.
  template <class Deliver>
  bool take_result(Deliver&& deliver) {
    return channel_.poll([&](const channel::result& result) {
      process_call* call = find(result.sequence);
      if (call == nullptr) {
        // An answer to a call that was taken back: the worker had not claimed it.
        broken = std::make_exception_ptr(
            malformed_message("malformed message: a result for a call that was taken back"));
        return;
      }
      remove(*call);
      last_result = result.sequence;
      note_duration(result.duration_ns);
      deliver(*call, result);
    });
  }
  [[nodiscard]] process_call* claimed_call() noexcept;
  /// What has just ended was no call of the pool's users.
  void uncount() noexcept {
    --completed;
    average_ns_ = -1;
  }

  /// Sends a signal; does nothing before the process is known, or after its end.
  void signal(int number) noexcept;
  void wake() noexcept {
    if (needs_wake) channel_.wake_worker();
    needs_wake = false;
  }
  channel& memory() noexcept { return channel_; }

  const std::uint64_t number;
  life state = life::starting;
  stop_stage stage = stop_stage::none;
  bool is_full = false;     ///< No room until the next result.
  bool needs_wake = false;  ///< Something was published.
  bool was_ready = false;   ///< It came as far as looking for calls.
  bool is_closing = false;  ///< It was told to leave.
  int pid = 0;
  descriptor pidfd;
  descriptor lifeline;  ///< Closing it kills the worker.
  error_output errors;
  std::optional<int> status;
  bool out_of_memory = false;       ///< The kernel has killed it for that.
  std::exception_ptr broken;        ///< Why it was killed by us although it had not to stop.
  duration grace{};                 ///< Of the stop that is under way.
  std::uint64_t stop_sequence = 0;  ///< The call that is to stop.
  std::uint64_t last_result = 0;    ///< The call whose result came last.
  call_list open;                   ///< Calls given to it, oldest first.
  std::size_t open_count = 0;
  std::uint64_t completed = 0;
  std::uint64_t given = 0;  ///< Calls of the pool's users, those that were taken back not counted.
  std::uint64_t most_calls = no_limit;
  time_point idle_since = never;  ///< `never` while it has something to do.
  time_point memory_seen{};       ///< When its memory was looked at.
  std::vector<std::unique_ptr<own_call>> own_calls;
  std::size_t setup_left = 0;       ///< Of them, those that must end well before it is of use.
  bool is_torn_down = false;        ///< It was given its last call.
  std::string enforced;             ///< The limits that it is under.
  std::uint64_t head_sequence = 0;  ///< The call for which `run_timer` is armed.

  /// Two timers: for the stages of starting, stopping and dying; and for the running call.
  class timer final : public timer_node {
   public:
    using handler = void (worker_watcher::*)(worker_link&) noexcept;
    timer(worker_watcher& watcher, worker_link& worker, handler what) noexcept
        : watcher_(watcher), worker_(worker), what_(what) {}
    void fire() noexcept override { (watcher_.*what_)(worker_); }

   private:
    worker_watcher& watcher_;
    worker_link& worker_;
    handler what_;
  };
  timer stage_timer;
  timer run_timer;

 private:
  process_call* find(std::uint64_t sequence) noexcept;
  void remove(process_call& call) noexcept;
  void note_duration(std::uint32_t nanoseconds) noexcept;

  static descriptor create_pipes(worker_descriptors& passed, descriptor& lifeline);

  channel channel_;
  double average_ns_ = -1;  // of calls; negative until one has ended
};

}  // namespace tridem::detail
