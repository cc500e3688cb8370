// SPDX-License-Identifier: MIT
// What a pool does with its workers themselves: sets them up, replaces them, lets them go.
#include "pool/processes/process_core.hpp"
#include "pool/processes/worker_look.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/runtime/exception.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/wait.h>
#include <utility>

namespace tridem::detail {

namespace {

// Reading the memory of a worker costs some microseconds, and it grows by what calls leave behind.
constexpr duration between_looks = std::chrono::milliseconds(10);

/// How large a block may be that lies ready for the next message: small beside what a worker may
/// use, because a worker counts up to two of them as its own.
std::size_t most_kept(const process_pool_options& options) noexcept {
  std::size_t most = largest_spare;
  for (const std::uint64_t limit : {std::uint64_t{options.max_memory_per_worker},
                                    options.limits.memory, options.limits.address_space}) {
    if (limit != 0) most = std::min<std::size_t>(most, limit / 8);
  }
  return most;
}

const char* name_of(own_call::role role) noexcept {
  switch (role) {
    case own_call::role::initializer:
      return "initializer";
    case own_call::role::limits:
      return "limits";
    case own_call::role::finalizer:
      return "finalizer";
  }
  return "";
}

std::exception_ptr not_set_up(const own_call& call, int pid, const std::string& cause) {
  return std::make_exception_ptr(pool_start_error(
      std::string("start worker processes: the ") + name_of(call.purpose) + " " +
      std::string(call.job->name()) + " " + cause + " in worker process " + std::to_string(pid)));
}

void tell_of_finalizer(int pid, const std::string& what) {
  std::fprintf(stderr, "tridem: the finalizer of worker process %d %s\n", pid, what.c_str());
}

std::string end_of(int status) {
  return WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                             : "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

// The initialiser is the program's own and is trusted: it may open what calls must not.
void process_core::set_up(worker_link& worker) noexcept {
  if (options_.max_tasks_per_worker != 0) worker.most_calls = options_.max_tasks_per_worker;
  worker.memory().keep_at_most(most_kept(options_));
  const auto give = [&](own_call::role role, const worker_call& what) {
    if (!what) return;
    own_call& call = *worker.own_calls.emplace_back(std::make_unique<own_call>(role, what));
    if (!worker.give(call, options_.max_message)) {
      throw pool_start_error(
          std::string("start worker processes: no room for the arguments of the ") + name_of(role));
    }
    ++worker.setup_left;
  };
  try {
    give(own_call::role::initializer, options_.initializer);
    give(own_call::role::limits, limits_);
  } catch (...) {
    ++worker.setup_left;
    supervisor_.kill_broken(worker, std::current_exception());
  }
}

void process_core::own_call_ended(worker_link& worker, own_call& call) noexcept {
  call.where = process_call::state::done;
  worker.uncount();
  if (call.purpose == own_call::role::finalizer) {
    if (call.error != nullptr) {
      tell_of_finalizer(worker.pid, "failed: " + format_exception(call.error));
    }
  } else if (call.error != nullptr) {
    supervisor_.kill_broken(
        worker, not_set_up(call, worker.pid, "threw " + describe_exception(call.error)));
  } else {
    --worker.setup_left;
    if (call.purpose == own_call::role::limits) worker.enforced = std::move(call.report);
  }
}

void process_core::own_call_crashed(worker_link& worker, own_call& call) noexcept {
  call.where = process_call::state::done;
  const int status = worker.status.value_or(0);
  if (call.purpose == own_call::role::finalizer) {
    if (mode_ == shutdown_mode::kill || !worker.status) return;
    tell_of_finalizer(worker.pid, "did not return: it " + end_of(status));
  } else if (!worker.broken &&
             (worker.out_of_memory || !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))) {
    // A kill from outside is not its fault: that start is tried again.
    const std::string words = worker.errors.last_words();
    worker.broken =
        not_set_up(call, worker.pid,
                   end_of(status) + (worker.out_of_memory ? " for lack of memory" : "") +
                       (words.empty() ? "" : ", its last words: " + words));
  }
}

bool process_core::give_last_call(worker_link& worker) noexcept {
  if (!options_.finalizer || worker.pid == 0 || worker.setup_left != 0) return false;
  if (std::exchange(worker.is_torn_down, true)) return false;
  try {
    own_call& last = *worker.own_calls.emplace_back(
        std::make_unique<own_call>(own_call::role::finalizer, options_.finalizer));
    if (!worker.give(last, options_.max_message)) return false;
    worker.wake();
    return true;
  } catch (...) {
    tell_of_finalizer(worker.pid, "was not called: " + format_exception(std::current_exception()));
    return false;
  }
}

bool process_core::has_done_enough(worker_link& worker) noexcept {
  if (worker.completed >= worker.most_calls) return true;
  if (options_.max_memory_per_worker == 0 ||
      home.now() < after(worker.memory_seen, between_looks)) {
    return false;
  }
  worker.memory_seen = home.now();
  return resident_bytes_of(worker.pid) > options_.max_memory_per_worker;
}

void process_core::note_idle(worker_link& worker) noexcept {
  if (options_.idle_timeout <= duration::zero()) return;
  worker.idle_since = home.fresh_now();
  if (!idle_.is_armed()) home.add_timer(idle_, after(worker.idle_since, options_.idle_timeout));
}

void process_core::retire_idle() noexcept {
  const time_point now = home.fresh_now();
  time_point next = never;
  for (const auto& worker : supervisor_.workers()) {
    if (worker->idle_since == never || worker->state != worker_link::life::running) continue;
    const time_point leaves = after(worker->idle_since, options_.idle_timeout);
    if (leaves <= now) {
      supervisor_.retire(*worker);
    } else {
      next = std::min(next, leaves);
    }
  }
  if (next != never) home.add_timer(idle_, next);
}

void process_core::age_blocks() noexcept {
  bool are_left = false;
  for (const auto& worker : supervisor_.workers()) {
    worker->memory().age();
    are_left |= worker->memory().holds_blocks();
  }
  if (are_left) home.add_timer(blocks_, after(home.fresh_now(), spare_lifetime));
}

void process_core::resize(std::size_t workers) noexcept {
  options_.workers = workers;
  std::size_t staying = 0;
  for (const auto& worker : supervisor_.workers()) {
    staying += worker->will_stay();
  }
  // Those with the least to do go first; what they have not begun goes to the others.
  while (staying > workers) {
    worker_link* leaves = nullptr;
    for (const auto& worker : supervisor_.workers()) {
      if (worker->will_stay() && (leaves == nullptr || worker->open_count <= leaves->open_count)) {
        leaves = worker.get();
      }
    }
    give_up_queue(*leaves);
    supervisor_.retire(*leaves);
    --staying;
  }
}

}  // namespace tridem::detail
