// SPDX-License-Identifier: MIT
// What loops ask of a crew, and how its threads are started and ended. What the threads do:
// thread_crew_work.cpp.
#include "pool/threads/thread_crew.hpp"

#include "pool/threads/wait_lists.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/runtime/detail/loop_core.hpp>

#include <algorithm>
#include <csignal>
#include <optional>
#include <sched.h>
#include <stop_token>
#include <string>
#include <utility>

namespace tridem::detail {
namespace {

thread_pool_options completed(thread_pool_options options, const cpu_choice& cpus) {
  if (options.threads == 0) options.threads = cpus.count();
  if (options.max_pending == 0) options.max_pending = 1;
  return options;
}

// Threads inherit the mask. Signals are for those who asked for them: the loop's signal_set, or
// main.
class signals_blocked {
 public:
  signals_blocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;
  ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// A job knows nothing of the loop on whose thread it is run, and may run one of its own.
class loop_set_aside {
 public:
  loop_set_aside() noexcept : loop_(loop_core::exchange_current(nullptr)) {}
  loop_set_aside(const loop_set_aside&) = delete;
  loop_set_aside& operator=(const loop_set_aside&) = delete;
  ~loop_set_aside() { loop_core::exchange_current(loop_); }

 private:
  loop_core* const loop_;
};

}  // namespace

thread_crew::thread_crew(thread_pool_options options)
    : options_(completed(options, cpu_choice(options))), cpus_(options_) {
  members_.resize(options_.threads);
}

thread_crew::~thread_crew() {
  stop_jobs("was destroyed");
  join();
}

bool thread_crew::enqueue(thread_job& job) noexcept {
  bool is_in = false;
  if (job.is_urgent) {
    const std::lock_guard hold(lock_);
    is_in = queue_.push_urgent(job);
  } else {
    is_in = queue_.push(job);
  }
  if (!is_in) {
    job.refuse(std::make_exception_ptr(
        pool_closed("thread pool '" + options_.name + "' was shut down and takes no jobs")));
    return false;
  }
  const int cpu = ::sched_getcpu();
  if (submitter_cpu_.load(std::memory_order_relaxed) != cpu) {
    submitter_cpu_.store(cpu, std::memory_order_relaxed);
  }
  wake_one(true);
  return true;
}

bool thread_crew::withdraw(thread_job& job) noexcept {
  wait_list has_room;
  {
    const std::lock_guard hold(lock_);
    if (job.is_taken) return false;
    queue_.erase(job);
    give_room(has_room);
  }
  post_all(has_room);
  return true;
}

bool thread_crew::enqueue_for_room(pool_wait& wait, const event_loop& home) noexcept {
  const bool is_own_thread = of_this_thread() == this;
  do {
    const std::lock_guard hold(lock_);
    if (queue_.is_closed() || queue_.size() < options_.max_pending) return false;
    if (!is_own_thread) {
      waiting_for_room_.push_back(wait);
      return true;
    }
  } while (help(home));
  return false;
}

bool thread_crew::enqueue_for_end(pool_wait& wait) noexcept {
  wait_list no_room_needed;
  {
    const std::lock_guard hold(lock_);
    queue_.close();
    // A job that was pushed but has no thread yet gets one from whoever pushed it.
    if (alive_ == 0 && queue_.size() == 0) return false;
    waiting_for_end_.push_back(wait);
    // With a closed queue nobody waits for room any more: the next submit says why.
    take_all(waiting_for_room_, no_room_needed);
  }
  post_all(no_room_needed);
  sleepers_.wake_all();
  return true;
}

bool thread_crew::withdraw(pool_wait& wait) noexcept {
  const std::lock_guard hold(lock_);
  if (wait.is_taken) return false;
  wait_list::erase(wait);
  return true;
}

void thread_crew::stop_jobs(const char* what_happened) noexcept {
  wait_list refused;
  {
    const std::lock_guard hold(lock_);
    queue_.close();
    while (thread_job* job = queue_.pop()) move_taken(*job, refused);
    take_all(waiting_for_room_, refused);
    end_if_over(refused);
  }
  sleepers_.wake_all();
  // Callbacks of stop tokens are the user's: they are called without the lock, on copies that
  // outlive the job.
  for (;;) {
    std::optional<std::stop_source> running;
    {
      const std::lock_guard hold(lock_);
      running_stoppable_.for_each([&](pool_wait& job) {
        const auto& stopper = static_cast<thread_job&>(job).stopper();
        if (!running && !stopper->stop_requested()) running = stopper;
      });
    }
    if (!running) break;
    running->request_stop();
  }
  if (refused.empty()) return;
  refuse_all(refused, std::make_exception_ptr(pool_closed("thread pool '" + options_.name + "' " +
                                                          what_happened + " before the job ran")));
}

bool thread_crew::help(const event_loop& home) noexcept {
  wait_list has_room;
  thread_job* job = nullptr;
  {
    const std::lock_guard hold(lock_);
    job = queue_.pop_of(home);
    if (job == nullptr) return false;
    mark_taken(*job);
    give_room(has_room);
  }
  post_all(has_room);
  const loop_set_aside meanwhile;
  run(*job);
  return true;
}

// Threads that leave take the lock, so they are joined without it, one by one.
void thread_crew::join() noexcept {
  for (;;) {
    std::thread next;
    {
      const std::lock_guard hold(lock_);
      next = std::move(last_to_leave_);
      for (member& one : members_) {
        if (!next.joinable()) next = std::move(one.handle);
      }
    }
    if (!next.joinable()) return;
    next.join();
  }
}

thread_pool_stats thread_crew::stats() noexcept {
  const std::lock_guard hold(lock_);
  thread_pool_stats now;
  now.threads = alive_;
  now.queued = queue_.size();
  now.completed = completed_.load(std::memory_order_acquire);
  now.running = static_cast<std::size_t>(taken_ - now.completed);
  now.started_threads = started_;
  return now;
}

// Wherever jobs are added or left behind ---------------------------------------------------------

void thread_crew::wake_one(bool may_start) noexcept {
  may_start = may_start && at_work_.load(std::memory_order_relaxed) < options_.threads;
  if (sleepers_.call_one(may_start) == sleepers::answer::start_one) start_thread();
}

void thread_crew::start_thread() noexcept {
  wait_list refused;
  wait_list ended;
  std::exception_ptr why;
  {
    const std::lock_guard hold(lock_);
    // Somebody else may have started the last one, or taken the last job of a closed pool.
    const auto place = std::ranges::find(members_, false, &member::is_at_work);
    const bool wanted = place != members_.end() && !(queue_.is_closed() && queue_.size() == 0);
    try {
      if (wanted) {
        const signals_blocked while_it_starts;
        const auto number = static_cast<std::size_t>(place - members_.begin());
        place->handle = std::thread(&thread_crew::work, this, number);
        place->is_at_work = true;
        at_work_.fetch_add(1, std::memory_order_relaxed);
        ++alive_;
        ++started_;
        return;
      }
    } catch (...) {
      // With other threads the jobs only wait longer; without any they would wait for ever.
      why = std::current_exception();
      const bool is_last = at_work_.load(std::memory_order_relaxed) == 0;
      while (thread_job* job = is_last ? queue_.pop() : nullptr) move_taken(*job, refused);
      end_if_over(ended);
    }
    sleepers_.end_search();
  }
  refuse_all(refused, why);
  // Others may have relied on the searcher that never came.
  if (ended.empty() && !queue_.looks_empty()) wake_one(false);
  post_all(ended);
}

// Under the lock, whenever a job has left the queue.
void thread_crew::give_room(wait_list& to) noexcept {
  if (waiting_for_room_.empty()) return;
  const std::size_t waiting = queue_.size();
  // Who is let in need not submit anything, so an empty queue must leave nobody behind.
  if (waiting == 0) return take_all(waiting_for_room_, to);
  for (std::size_t n = waiting; n < options_.max_pending && !waiting_for_room_.empty(); ++n) {
    move_taken(waiting_for_room_.pop_front(), to);
  }
}

// Under the lock, whenever a thread or a job has gone.
void thread_crew::end_if_over(wait_list& ended) noexcept {
  if (queue_.is_closed() && alive_ == 0 && queue_.size() == 0) take_all(waiting_for_end_, ended);
}

}  // namespace tridem::detail
