// SPDX-License-Identifier: MIT
// Starting, ending and joining processes, over a pool in which each worker runs one call.
#include "pool/processes/process_core.hpp"

#include <tridem/pool/process.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/detail/loop_attachment.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/sleep.hpp>

namespace tridem {

namespace detail {

namespace {

// More than a loop can want; the kernel's own limits come first.
constexpr std::size_t most_processes = 4096;

class default_process_pool final : public loop_attachment {
 public:
  static const char kind;

  explicit default_process_pool(event_loop&)
      : loop_attachment(kind), pool_({.workers = most_processes, .max_tasks_per_worker = 1}) {}

  [[nodiscard]] process_pool& pool() noexcept { return pool_; }

 private:
  process_pool pool_;
};

const char default_process_pool::kind = 0;

}  // namespace

process_pool& default_processes() {
  return event_loop::current().attachment<default_process_pool>().pool();
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
