// SPDX-License-Identifier: MIT
// What a pool does with its workers themselves: sets them up, replaces them, lets them go.
#include "pool/processes/process_core.hpp"
#include "pool/processes/worker_look.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/runtime/exception.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <sys/wait.h>
#include <utility>

namespace tridem::detail {

namespace {

// Reading the memory of a worker costs some microseconds, and it grows by what calls leave behind.
constexpr duration between_looks = std::chrono::milliseconds(10);

pool_start_error not_set_up(const own_call& setup, int pid, const std::string& cause) {
  return pool_start_error("start worker processes: the initializer " +
                          std::string(setup.job->name()) + " " + cause + " in worker process " +
                          std::to_string(pid));
}

}  // namespace

void process_core::set_up(worker_link& worker) noexcept {
  if (!options_.initializer) return;
  try {
    worker.setup = std::make_unique<own_call>(options_.initializer);
    if (!worker.give(*worker.setup, options_.max_message)) {
      throw pool_start_error("start worker processes: no room for the initializer's arguments");
    }
  } catch (...) {
    supervisor_.kill_broken(worker, std::current_exception());
  }
}

void process_core::own_call_ended(worker_link& worker, process_call& call) noexcept {
  call.where = process_call::state::done;
  worker.uncount();
  if (&call == worker.setup.get()) {
    worker.is_set_up = worker.setup->error == nullptr;
    if (worker.is_set_up) return;
    supervisor_.kill_broken(worker, std::make_exception_ptr(not_set_up(
                                        *worker.setup, worker.pid,
                                        "threw " + describe_exception(worker.setup->error))));
  } else if (worker.teardown->error != nullptr) {
    std::fprintf(stderr, "tridem: the finalizer of worker process %d failed: %s\n", worker.pid,
                 format_exception(worker.teardown->error).c_str());
  }
}

void process_core::own_call_crashed(worker_link& worker, process_call& call) noexcept {
  call.where = process_call::state::done;
  const int status = worker.status.value_or(0);
  const std::string end = WIFSIGNALED(status)
                              ? "ended by signal " + std::to_string(WTERMSIG(status))
                              : "ended with exit code " + std::to_string(WEXITSTATUS(status));
  if (&call == worker.teardown.get()) {
    if (mode_ == shutdown_mode::kill || !worker.status) return;
    std::fprintf(stderr, "tridem: the finalizer of worker process %d did not return: %s\n",
                 worker.pid, end.c_str());
  } else if (!worker.broken && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
    // A kill from outside is not its fault: that start is tried again.
    const std::string words = worker.errors.last_words();
    worker.broken = std::make_exception_ptr(not_set_up(
        *worker.setup, worker.pid, end + (words.empty() ? "" : ", its last words: " + words)));
  }
}

bool process_core::give_last_call(worker_link& worker) noexcept {
  const bool was_set_up = !worker.setup || worker.is_set_up;
  if (!options_.finalizer || worker.teardown || worker.pid == 0 || !was_set_up) return false;
  try {
    worker.teardown = std::make_unique<own_call>(options_.finalizer);
    if (!worker.give(*worker.teardown, options_.max_message)) return false;
    worker.wake();
    return true;
  } catch (...) {
    std::fprintf(stderr, "tridem: the finalizer of worker process %d was not called: %s\n",
                 worker.pid, format_exception(std::current_exception()).c_str());
    return false;
  }
}

bool process_core::has_done_enough(worker_link& worker) noexcept {
  const std::size_t calls = options_.max_tasks_per_worker;
  if (calls != 0 && worker.completed >= calls) return true;
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

void process_core::resize(std::size_t workers) noexcept {
  options_.workers = workers;
  std::size_t staying = 0;
  for (const auto& worker : supervisor_.workers()) {
    staying +=
        worker->state == worker_link::life::starting || worker->state == worker_link::life::running;
  }
  // Those with the least to do go first; what they have not begun goes to the others.
  while (staying > workers) {
    worker_link* leaves = nullptr;
    for (const auto& worker : supervisor_.workers()) {
      const bool stays = worker->state == worker_link::life::starting ||
                         worker->state == worker_link::life::running;
      if (stays && (leaves == nullptr || worker->open_count <= leaves->open_count)) {
        leaves = worker.get();
      }
    }
    give_up_queue(*leaves);
    supervisor_.retire(*leaves);
    --staying;
  }
}

}  // namespace tridem::detail
