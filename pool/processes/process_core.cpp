// SPDX-License-Identifier: MIT
// A call's way to a worker and back: queue, choose, publish, take the result, resume.
#include "pool/processes/process_core.hpp"

#include "pool/confinement/apply_limits.hpp"
#include "pool/processes/worker_look.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/exception_codec.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/exception.hpp>

#include <algorithm>
#include <sched.h>
#include <string>
#include <utility>

namespace tridem::detail {

process_core::process_core(event_loop& loop, const process_pool_options& options, server_use use)
    : home(loop), options_(options), supervisor_(loop, options_, use, *this) {
  if (options_.limits != worker_limits{}) limits_ = in_worker<&apply_limits>(options_.limits);
  room.set();
  quiet_.set();
  no_workers_.set();
  no_processes_.set();
}

process_core::~process_core() = default;

bool process_core::enqueue(process_call& call) noexcept {
  call.core = this;
  if (closed_) {
    call.fail(std::make_exception_ptr(
        pool_closed("call " + std::string(call.job->name()) + ": the process pool is closed")));
  } else if (supervisor_.why_broken()) {
    call.fail(supervisor_.why_broken());
  } else if (call.job->index() == 0 && job_table_is_frozen()) {
    call.fail(std::make_exception_ptr(pool_start_error(
        "call " + std::string(call.job->name()) +
        ": the function is not in the table of jobs, because it came with a library that was "
        "loaded after main had begun; link that library, or load it before main")));
  } else if (call.options.only_with_room && !make_room()) {
    call.fail(std::make_exception_ptr(pool_saturated(
        "call " + std::string(call.job->name()) + ": " + std::to_string(pending_count_) +
        " calls wait for a worker already, as many as max_pending allows; await room(), or add "
        "workers")));
  } else {
    call.where = process_call::state::pending;
    pending_.push_back(call);
    ++pending_count_;
    quiet_.clear();
    update_room();
    if (call.options.deadline > duration::zero()) {
      home.add_timer(call, home.fresh_now() + call.options.deadline);
    }
    return true;
  }
  call.where = process_call::state::done;
  return false;
}

bool process_core::make_room() noexcept {
  // What was queued in this turn may not wait for a worker at all.
  if (!has_room()) dispatch();
  return has_room();
}

void process_core::update_room() noexcept {
  if (has_room()) {
    room.set();
  } else {
    room.clear();
  }
}

void process_core::update_quiet() noexcept {
  if (pending_count_ == 0 && given_count_ == 0) quiet_.set();
}

// The call is in no list any more; its frame may be gone as soon as it was resumed.
void process_core::finish(process_call& call) noexcept {
  if (call.is_armed()) home.remove_timer(call);
  call.where = process_call::state::done;
  call.ended();
}

void process_core::fail(process_call& call, std::exception_ptr why) noexcept {
  call.fail(std::move(why));
  finish(call);
}

bool process_core::poll() noexcept {
  const std::uint64_t before = completed_ + crashed_;
  for (const auto& worker : supervisor_.workers()) drain(*worker);
  if (pending_count_ != 0) dispatch();
  const bool arrived = completed_ + crashed_ != before;
  if (arrived && has_spun_) spinning_.hit();
  if (arrived) has_spun_ = false;
  return arrived;
}

void process_core::drain(worker_link& worker) noexcept {
  if (worker.open.empty() || worker.broken) return;
  try {
    // Its first result may overtake the fork server's word of it.
    if (worker.pid == 0) worker.pid = worker.memory().worker_pid();
    const auto hand_over = [&](process_call& call, const channel::result& result) {
      deliver(worker, call, result);
    };
    bool any = false;
    while (!worker.broken && worker.take_result(hand_over)) any = true;
    if (worker.broken) return supervisor_.kill_broken(worker, worker.broken);
    if (!any) return;
  } catch (const std::exception&) {
    return supervisor_.kill_broken(worker, std::current_exception());
  }
  supervisor_.results_came(worker);
  supervisor_.watch_head(worker);
  if (worker.memory().holds_blocks() && !blocks_.is_armed()) {
    home.add_timer(blocks_, after(home.fresh_now(), spare_lifetime));
  }
  if (has_done_enough(worker) || worker.state == worker_link::life::retiring) {
    supervisor_.retire(worker);
  } else if (worker.is_idle()) {
    note_idle(worker);
  }
}

namespace {

bool is_cancellation(const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled&) {
    return true;
  } catch (...) {
    return false;
  }
}

/// What a call has thrown becomes its end.
void fail_with(process_call& call, std::exception_ptr thrown, int pid) {
  // The job was told to stop, and a blocking wait of it has heard that.
  if (is_cancellation(thrown)) {
    call.cut_short = call.cancel_requested;
    thrown = std::make_exception_ptr(pool_closed(
        "the process pool was shut down, and the call has stopped before it had a result"));
  }
  add_origin(thrown, stack_place::in_worker(pid, "job " + std::string(call.job->name())));
  call.fail(std::move(thrown));
}

}  // namespace

void process_core::deliver(worker_link& worker, process_call& call,
                           const channel::result& result) noexcept {
  const int pid = call.pid = worker.pid;
  if (!call.is_of_worker) {
    --given_count_;
    ++completed_;
  }
  if (call.timed_out) {
    // It was told to stop: what it returned may be half of what was wanted.
    fail(call, timeout_of(call, pid));
    return update_quiet();
  }
  try {
    message_reader in(result.bytes, result.descriptors);
    if (result.bytes.size() > options_.max_message) {
      throw message_too_large(call.job->name(), result.bytes.size(), options_.max_message);
    }
    if (result.kind == result_kind::value) {
      call.deliver(in);
    } else {
      fail_with(call, decode_exception(in, pid), pid);
    }
  } catch (...) {
    call.fail(std::current_exception());
  }
  if (call.is_of_worker) return own_call_ended(worker, static_cast<own_call&>(call));
  finish(call);
  update_quiet();
}

void process_core::dispatch() noexcept {
  supervisor_.bell().words().loop_cpu.store(static_cast<std::uint32_t>(::sched_getcpu()),
                                            std::memory_order_relaxed);
  while (!pending_.empty()) {
    worker_link* worker = choose_worker();
    // A start that is impossible has failed all that wait.
    if (worker == nullptr || pending_.empty()) break;
    process_call& call = pending_.pop_front();
    --pending_count_;
    if (!give(*worker, call)) continue;
  }
  // One wake-up for all that was published to a worker.
  for (const auto& worker : supervisor_.workers()) worker->wake();
  update_room();
  update_quiet();
}

/// Whether one more may be busy. Only successors of workers that still run their last call may not.
bool process_core::may_begin() noexcept {
  if (options_.max_tasks_per_worker == 0) return true;
  const auto busy = std::ranges::count_if(supervisor_.workers(), [](const auto& worker) {
    return worker->will_stay() && !worker->is_idle() &&
           worker->stage != worker_link::stop_stage::killing;
  });
  return static_cast<std::size_t>(busy) < options_.workers;
}

/// One that has nothing to do; else a new one; else the one with the fewest calls.
///
/// While a worker runs the last call that it may run, the one that will take its place is started,
/// but has to wait: not more of them are busy at once than there may be workers.
worker_link* process_core::choose_worker() noexcept {
  worker_link* best = nullptr;
  std::size_t staying = 0;
  for (const auto& worker : supervisor_.workers()) {
    staying += worker->will_stay() && worker->stage != worker_link::stop_stage::killing &&
               !worker->is_used_up();
    if (!worker->accepts()) continue;
    if (best == nullptr || worker->open_count < best->open_count) best = worker.get();
  }
  const bool is_allowed = may_begin();
  if (best != nullptr && best->is_idle() && is_allowed) return best;
  if (staying < options_.workers) {
    if (worker_link* fresh = supervisor_.start_worker()) {
      set_up(*fresh);
      if (is_allowed) return fresh;
    }
  }
  return best != nullptr && best->is_idle() ? nullptr : best;
}

/// False when the call went back to the queue, or has failed.
bool process_core::give(worker_link& worker, process_call& call) noexcept {
  try {
    if (!worker.give(call, options_.max_message)) {
      call_list back;
      back.push_back(call);
      requeue(back);
      // With nothing to do it can only be its own leftovers that fill it.
      if (worker.is_idle()) supervisor_.retire(worker);
      return false;
    }
  } catch (...) {
    fail(call, std::current_exception());
    return false;
  }
  ++given_count_;
  worker.idle_since = never;
  supervisor_.watch_head(worker);
  return true;
}

/// In front of all that wait, in the same order.
void process_core::requeue(call_list& calls) noexcept {
  calls.for_each([this](process_call& call) {
    call.where = process_call::state::pending;
    call.worker = nullptr;
    ++pending_count_;
  });
  calls.splice_back(pending_);
  pending_.splice_back(calls);
}

/// Calls that wait for a worker to be free, or ready, move to workers that have nothing to do.
void process_core::rebalance() noexcept {
  if (!pending_.empty() || !may_begin()) return;
  for (const auto& idle : supervisor_.workers()) {
    if (!idle->is_idle() || !idle->accepts()) continue;
    for (const auto& busy : supervisor_.workers()) {
      // Behind another call, or behind the start of a process: both may take long.
      const std::size_t started = busy->state == worker_link::life::starting ? 0 : 1;
      if (busy->open_count <= started) continue;
      process_call* call = busy->take_back_last();
      if (call == nullptr) continue;
      --given_count_;
      (void)give(*idle, *call);
      break;
    }
  }
  for (const auto& worker : supervisor_.workers()) worker->wake();
}

bool process_core::prepare_sleep() noexcept {
  if (has_spun_) spinning_.miss();
  has_spun_ = false;
  rebalance();
  supervisor_.bell().prepare_sleep();
  return poll();
}

void process_core::awake() noexcept {
  supervisor_.bell().awake();
}

int process_core::spin_ns() const noexcept {
  const auto cpu = static_cast<std::uint32_t>(::sched_getcpu());
  auto& workers = const_cast<process_core*>(this)->supervisor_.workers();
  // Only for a worker that runs, on another CPU, calls that are over soon.
  const bool is_worth_it = std::ranges::any_of(workers, [cpu](const auto& worker) {
    return !worker->open.empty() && worker->depth() > 2 && worker->memory().worker_cpu() != cpu;
  });
  if (!is_worth_it || !spinning_.try_now()) return 0;
  has_spun_ = true;
  return detail::spin_ns;
}

process_pool_stats process_core::stats() const {
  auto& all = const_cast<process_core*>(this)->supervisor_;
  process_pool_stats now;
  now.workers = all.workers().size();
  now.queued = pending_count_;
  now.running = given_count_;
  now.completed = completed_;
  now.crashed = crashed_;
  now.retried = retried_;
  now.started_workers = all.started();
  now.server_pid = all.server_pid();
  for (const auto& worker : all.workers()) {
    if (worker->pid != 0) now.worker_pids.push_back(worker->pid);
    now.kept_bytes += worker->memory().kept_bytes();
    now.each.push_back(look_at(*worker));
  }
  return now;
}

}  // namespace tridem::detail
