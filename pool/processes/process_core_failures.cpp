// SPDX-License-Identifier: MIT
// What becomes of calls that are cancelled, take too long, or lose their worker.
#include "pool/processes/process_core.hpp"

#include <tridem/pool/errors.hpp>

#include <chrono>
#include <string>
#include <sys/wait.h>
#include <utility>

namespace tridem::detail {

namespace {

double seconds(duration span) {
  return std::chrono::duration<double>(span).count();
}

worker_crashed crash_of(const process_call& call, const worker_link& worker) {
  const int status = worker.status.value_or(0);
  const bool was_signalled = worker.status && WIFSIGNALED(status);
  const bool has_left = worker.status && WIFEXITED(status);
  return worker_crashed(call.job->name(), worker.pid, was_signalled ? WTERMSIG(status) : 0,
                        has_left ? WEXITSTATUS(status) : -1, worker.errors.last_words(),
                        worker.out_of_memory);
}

}  // namespace

void process_core::cancel(process_call& call) noexcept {
  if (call.where == process_call::state::done) return;
  if (call.where == process_call::state::given) {
    worker_link& worker = *call.worker;
    if (!worker.take_back(call)) {
      // It has begun, and perhaps ended. So those before it have ended: their results come first.
      drain(worker);
      if (call.where == process_call::state::done) return;
      call.cancel_requested = true;
      supervisor_.stop(worker, call.sequence, options_.grace);
      return;
    }
    --given_count_;
  } else {
    call_list::erase(call);
    --pending_count_;
    update_room();
  }
  call.cut_short = true;
  finish(call);
  update_quiet();
}

void process_core::deadline_passed(process_call& call) noexcept {
  if (call.where == process_call::state::done) return;
  if (call.where == process_call::state::given) {
    if (!call.worker->take_back(call)) return time_out(call);
    --given_count_;
  } else {
    call_list::erase(call);
    --pending_count_;
    update_room();
  }
  fail(call, std::make_exception_ptr(
                 worker_timeout(call.job->name(), 0, seconds(call.options.deadline))));
  update_quiet();
}

void process_core::task_timed_out(worker_link& worker) noexcept {
  if (process_call* call = worker.claimed_call()) time_out(*call);
}

void process_core::time_out(process_call& call) noexcept {
  drain(*call.worker);
  if (call.where == process_call::state::done) return;
  call.timed_out = true;
  supervisor_.stop(*call.worker, call.sequence, options_.timeout_grace);
}

std::exception_ptr process_core::timeout_of(const process_call& call, int pid) const noexcept {
  const duration allowed =
      call.options.deadline > duration::zero() ? call.options.deadline : options_.task_timeout;
  return std::make_exception_ptr(worker_timeout(call.job->name(), pid, seconds(allowed)));
}

void process_core::give_up_queue(worker_link& worker) noexcept {
  call_list back;
  while (process_call* call = worker.take_back_last()) {
    // Newest first, so each goes before the one that came before it.
    call_list newer;
    newer.splice_back(back);
    back.push_back(*call);
    back.splice_back(newer);
    --given_count_;
  }
  requeue(back);
}

void process_core::worker_died(worker_link& worker) noexcept {
  call_list again;
  while (!worker.open.empty()) {
    const bool was_started = worker.claimed_call() != nullptr;
    process_call& call = worker.open.pop_front();
    --worker.open_count;
    call.worker = nullptr;
    if (call.is_of_worker) {
      if (was_started) own_call_crashed(worker, static_cast<own_call&>(call));
      continue;
    }
    --given_count_;
    if (was_started) {
      crashed(call, worker, again);
    } else {
      again.push_back(call);
    }
  }
  requeue(again);
  update_room();
  update_quiet();
}

void process_core::crashed(process_call& call, worker_link& worker, call_list& again) noexcept {
  ++crashed_;
  if (call.timed_out) return fail(call, timeout_of(call, worker.pid));
  if (call.cancel_requested) {
    call.cut_short = true;
    return finish(call);
  }
  if (worker.broken) return fail(call, worker.broken);
  if (mode_ != shutdown_mode::drain) {
    return fail(call, std::make_exception_ptr(pool_closed(
                          "the process pool was shut down, and the call did not stop by itself")));
  }
  const worker_crashed crash = crash_of(call, worker);
  if (!call.options.idempotent) return fail(call, std::make_exception_ptr(crash));
  call.history += (call.deaths == 0 ? "" : ", ") + std::string("worker ") +
                  std::to_string(crash.pid()) + ": " +
                  (crash.signal() != 0 ? "signal " + std::to_string(crash.signal())
                                       : "exit code " + std::to_string(crash.exit_code()));
  ++call.deaths;
  if (call.deaths > call.options.retries) {
    return fail(call, std::make_exception_ptr(
                          poison_task(call.job->name(), crash, call.deaths, call.history)));
  }
  ++retried_;
  again.push_back(call);
}

void process_core::fail_all(const std::exception_ptr& why) noexcept {
  while (!pending_.empty()) {
    --pending_count_;
    fail(pending_.pop_front(), why);
  }
  update_room();
  update_quiet();
}

void process_core::start_impossible(const std::exception_ptr& why) noexcept {
  // Those that run may still end well; those that wait never will, unless a worker is left.
  for (const auto& worker : supervisor_.workers()) {
    if (worker->state == worker_link::life::running) return;
  }
  fail_all(why);
}

void process_core::workers_changed() noexcept {
  changed.set();
  changed.clear();
  if (supervisor_.workers().empty()) no_workers_.set();
  if (supervisor_.is_empty()) no_processes_.set();
  if (supervisor_.why_broken()) start_impossible(supervisor_.why_broken());
}

}  // namespace tridem::detail
