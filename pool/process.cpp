// SPDX-License-Identifier: MIT
// Starting, ending and joining processes, over a pool in which each worker runs one call.
#include "pool/processes/process_core.hpp"

#include <tridem/pool/detail/remote_home.hpp>
#include <tridem/pool/process.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/detail/loop_attachment.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace tridem {

namespace detail {

namespace {

// More than a loop can want; the kernel's own limits come first.
constexpr std::size_t most_processes = 4096;

// Processes of so many kinds may have come and gone before what was kept for them is dropped.
constexpr std::size_t most_idle_kinds = 16;

/// The pools of a loop in which processes run, one for each kind of process.
class process_kinds final : public loop_attachment {
 public:
  static const char kind;

  explicit process_kinds(event_loop&) : loop_attachment(kind) {}

  process_pool& find_or_make(const process_options& options) {
    const auto found =
        std::ranges::find_if(all_, [&](const auto& one) { return one->options == options; });
    if (found != all_.end()) return (*found)->pool;
    if (all_.size() >= most_idle_kinds)
      std::erase_if(all_, [](const auto& one) { return one->is_idle(); });
    return all_.emplace_back(std::make_unique<one_kind>(options))->pool;
  }

 private:
  struct one_kind {
    explicit one_kind(const process_options& how)
        : options(how), pool(one_call_each(how), server_use::shared) {}

    [[nodiscard]] bool is_idle() const {
      const process_pool_stats now = pool.stats();
      return now.workers + now.queued + now.running == 0;
    }

    process_options options;
    process_pool pool;
  };

  static process_pool_options one_call_each(const process_options& how) {
    process_pool_options options = pool_options(how);
    options.workers = most_processes;
    options.max_tasks_per_worker = 1;
    return options;
  }

  std::vector<std::unique_ptr<one_kind>> all_;
};

const char process_kinds::kind = 0;

}  // namespace

process_pool& processes_with(const process_options& options) {
  return event_loop::current().attachment<process_kinds>().find_or_make(options);
}

int process_state::pid() const noexcept {
  return call != nullptr ? call->pid : last_pid;
}

bool process_state::signal(int number) noexcept {
  if (call == nullptr || call->worker == nullptr || call->pid == 0) return false;
  call->worker->signal(number);
  return true;
}

task<> process_state::has_started(std::shared_ptr<process_state> self) {
  while (!self->has_ended.is_set() && self->pid() == 0) {
    // The task may not have come to its call yet.
    if (self->call == nullptr || self->call->core == nullptr) {
      co_await yield();
    } else {
      co_await race(self->call->core->changed.wait(), self->has_ended.wait());
    }
  }
}

bool process_ending::thrown() noexcept {
  state_.exit_code = 1;
  try {
    throw;
  } catch (const worker_crashed& error) {
    state_.last_pid = error.pid();
    state_.exit_code = error.signal() != 0 ? -error.signal() : error.exit_code();
  } catch (const cancelled&) {
    // Ended by us before it ran, or because the object has gone.
    state_.exit_code = -(state_.ended_by != 0 ? state_.ended_by : SIGTERM);
    return false;
  } catch (...) {
  }
  return state_.ended_by != 0 && state_.exit_code == -state_.ended_by;
}

}  // namespace detail

process::~process() {
  if (!state_ || !is_alive()) return;
  state_->ended_by = SIGTERM;
  running_.cancel();
}

void process::end_by(int signal) noexcept {
  if (!is_alive()) return;
  state_->ended_by = signal;
  if (!state_->signal(signal)) running_.cancel();
}

task<int> process::started() const {
  return [](std::shared_ptr<detail::process_state> state, task_handle<void> running) -> task<int> {
    co_await detail::process_state::has_started(state);
    if (state->pid() == 0) co_await running;
    co_return state->pid();
  }(state_, running_);
}

task<> process::join_task_void(std::shared_ptr<detail::process_state> state,
                               task_handle<void> running) {
  try {
    co_await running;
  } catch (const task_cancelled&) {
    if (state->ended_by == 0) throw;
  }
}

}  // namespace tridem
