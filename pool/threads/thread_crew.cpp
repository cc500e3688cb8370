// SPDX-License-Identifier: MIT
// The life of a pool's thread, and who wakes it.
#include "pool/threads/thread_crew.hpp"

#include "pool/threads/usable_cpus.hpp"

#include <tridem/pool/errors.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace tridem::detail {
namespace {

void futex(std::atomic<std::uint32_t>& word, int call, std::uint32_t value) noexcept {
  (void)::syscall(SYS_futex, &word, call | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

thread_pool_options completed(thread_pool_options options) {
  if (options.threads == 0) options.threads = usable_cpus();
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

using wait_list = intrusive_list<pool_wait, pool_wait_tag>;

// Under the lock: from now on `taken` cannot be withdrawn.
void move_taken(pool_wait& taken, wait_list& to) noexcept {
  taken.is_taken = true;
  to.push_back(taken);
}
void take_all(wait_list& from, wait_list& to) noexcept {
  while (!from.empty()) move_taken(from.pop_front(), to);
}

// Without the lock. Each may free its frame, and with it the pool.
void post_all(wait_list& taken) noexcept {
  while (!taken.empty()) taken.pop_front().post();
}

constexpr std::uint64_t searching_in(std::uint64_t state) noexcept {
  return state & 0xffff'ffff;
}
constexpr std::uint64_t sleeping_in(std::uint64_t state) noexcept {
  return state >> 32;
}

}  // namespace

thread_crew::thread_crew(thread_pool_options options)
    : options_(completed(std::move(options))), cpus_(usable_cpus()) {
  threads_.reserve(options_.threads);
}

thread_crew::~thread_crew() {
  wait_list refused;
  std::vector<std::stop_source> to_stop;
  {
    const std::lock_guard hold(lock_);
    queue_.close();
    while (thread_job* job = queue_.pop()) move_taken(*job, refused);
    take_all(waiting_for_room_, refused);
    if (alive_ == 0) take_all(waiting_for_end_, refused);
    // Callbacks of stop tokens are the user's: they are called without the lock, on copies that
    // outlive the job.
    running_stoppable_.for_each(
        [&](pool_wait& job) { to_stop.push_back(*static_cast<thread_job&>(job).stopper()); });
  }
  wake_all();
  for (std::stop_source& running : to_stop) running.request_stop();
  refuse_all(refused, std::make_exception_ptr(pool_closed("thread pool '" + options_.name +
                                                          "' was destroyed before the job ran")));
  join();
}

// Only on the thread of a loop -------------------------------------------------------------------

bool thread_crew::enqueue(thread_job& job) noexcept {
  if (!queue_.push(job)) {
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

bool thread_crew::enqueue_for_room(pool_wait& wait) noexcept {
  const std::lock_guard hold(lock_);
  if (queue_.is_closed() || queue_.size() < options_.max_pending) return false;
  waiting_for_room_.push_back(wait);
  return true;
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
  wake_all();
  return true;
}

bool thread_crew::withdraw(pool_wait& wait) noexcept {
  const std::lock_guard hold(lock_);
  if (wait.is_taken) return false;
  wait_list::erase(wait);
  return true;
}

void thread_crew::join() noexcept {
  std::vector<std::thread> ended;
  {
    const std::lock_guard hold(lock_);
    ended.swap(threads_);
  }
  for (std::thread& one : ended) one.join();
}

thread_pool_stats thread_crew::stats() noexcept {
  const std::lock_guard hold(lock_);
  thread_pool_stats now;
  now.threads = alive_;
  now.queued = queue_.size();
  now.completed = completed_.load(std::memory_order_acquire);
  now.running = static_cast<std::size_t>(taken_ - now.completed);
  return now;
}

// Wherever jobs are added or left behind ---------------------------------------------------------

void thread_crew::wake_one(bool may_start) noexcept {
  std::uint64_t state = state_.load(std::memory_order_seq_cst);
  for (;;) {
    if (searching_in(state) != 0) return;
    if (sleeping_in(state) != 0) {
      if (!state_.compare_exchange_weak(state, state - one_sleeping + one_searching,
                                        std::memory_order_seq_cst)) {
        continue;
      }
      tokens_.fetch_add(1, std::memory_order_seq_cst);
      futex(tokens_, FUTEX_WAKE, 1);
      return;
    }
    if (!may_start || thread_count_.load(std::memory_order_relaxed) >= options_.threads) return;
    if (state_.compare_exchange_weak(state, state + one_searching, std::memory_order_seq_cst)) {
      start_thread();
      return;
    }
  }
}

// A thread that goes to sleep at this moment looks at the queue afterwards, and finds it closed.
void thread_crew::wake_all() noexcept {
  std::uint64_t state = state_.load(std::memory_order_seq_cst);
  std::uint64_t sleeping = sleeping_in(state);
  while (sleeping != 0) {
    if (state_.compare_exchange_weak(state, state - sleeping * (one_sleeping - one_searching),
                                     std::memory_order_seq_cst)) {
      tokens_.fetch_add(static_cast<std::uint32_t>(sleeping), std::memory_order_seq_cst);
      futex(tokens_, FUTEX_WAKE, static_cast<std::uint32_t>(sleeping));
      return;
    }
    sleeping = sleeping_in(state);
  }
}

void thread_crew::start_thread() noexcept {
  wait_list refused;
  std::exception_ptr why;
  {
    const std::lock_guard hold(lock_);
    // Somebody else may have started the last one, or taken the last job of a closed pool.
    const bool wanted =
        threads_.size() < options_.threads && !(queue_.is_closed() && queue_.size() == 0);
    try {
      if (wanted) {
        const signals_blocked while_it_starts;
        threads_.emplace_back(&thread_crew::work, this, threads_.size() + 1);
        ++alive_;
        thread_count_.store(threads_.size(), std::memory_order_relaxed);
        return;
      }
    } catch (...) {
      // With other threads the jobs only wait longer; without any they would wait for ever.
      why = std::current_exception();
      while (thread_job* job = alive_ == 0 ? queue_.pop() : nullptr) move_taken(*job, refused);
    }
    state_.fetch_sub(one_searching, std::memory_order_seq_cst);
  }
  if (!refused.empty()) refuse_all(refused, why);
  // Others may have relied on the searcher that never came.
  if (!queue_.looks_empty()) wake_one(false);
}

void thread_crew::refuse_all(wait_list& waits, std::exception_ptr why) noexcept {
  while (!waits.empty()) {
    pool_wait& wait = waits.pop_front();
    wait.refuse(why);
    wait.post();
  }
}

// Only on the threads of the crew ----------------------------------------------------------------

void thread_crew::work(std::size_t number) noexcept {
  const std::string name = options_.name.substr(0, 12) + "-" + std::to_string(number);
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  spin_policy policy;
  bool searching = true;
  for (;;) {
    if (thread_job* job = take()) {
      if (std::exchange(searching, false)) {
        state_.fetch_sub(one_searching, std::memory_order_seq_cst);
      }
      if (!queue_.looks_empty()) wake_one(true);
      run(*job);
      continue;
    }
    if (queue_.is_closed()) {
      if (try_leave(searching)) return;
      continue;
    }
    if (may_spin(policy, searching)) {
      if (!searching) state_.fetch_add(one_searching, std::memory_order_seq_cst);
      searching = true;
      if (spin(policy)) continue;
    }
    sleep_until_woken(searching);
    searching = true;
  }
}

thread_job* thread_crew::take() noexcept {
  if (queue_.looks_empty()) return nullptr;
  wait_list has_room;
  thread_job* job = nullptr;
  {
    const std::lock_guard hold(lock_);
    job = queue_.pop();
    if (job == nullptr) return nullptr;
    ++taken_;
    job->is_taken = true;
    if (job->stopper()) running_stoppable_.push_back(*job);
    give_room(has_room);
  }
  post_all(has_room);
  return job;
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

void thread_crew::run(thread_job& job) noexcept {
  job.runs_on(::sched_getcpu());
  job.execute();
  if (job.stopper()) {
    const std::lock_guard hold(lock_);
    wait_list::erase(job);
  }
  completed_.fetch_add(1, std::memory_order_release);
  job.post();
}

bool thread_crew::may_spin(spin_policy& policy, bool searching) const noexcept {
  const std::uint64_t state = state_.load(std::memory_order_relaxed);
  const std::uint64_t others_searching = searching_in(state) - (searching ? 1 : 0);
  if (others_searching != 0) return false;
  // One CPU is the partner's. Among the others each needs one that is awake, this thread included.
  const std::uint64_t awake = thread_count_.load(std::memory_order_relaxed) - sleeping_in(state);
  if (awake + 1 > cpus_) return false;
  if (submitter_cpu_.load(std::memory_order_relaxed) == ::sched_getcpu()) return false;
  return policy.try_now();
}

bool thread_crew::spin(spin_policy& policy) const noexcept {
  using clock = std::chrono::steady_clock;
  const clock::time_point end = clock::now() + std::chrono::nanoseconds(spin_ns);
  do {
    for (int i = 0; i < 16; ++i) {
      if (!queue_.looks_empty()) {
        policy.hit();
        return true;
      }
      __builtin_ia32_pause();
    }
  } while (!queue_.is_closed() && clock::now() < end);
  policy.miss();
  return false;
}

void thread_crew::sleep_until_woken(bool searching) noexcept {
  std::uint64_t state = state_.fetch_add(searching ? one_sleeping - one_searching : one_sleeping,
                                         std::memory_order_seq_cst);
  state += searching ? one_sleeping - one_searching : one_sleeping;
  if (!queue_.looks_empty() || queue_.is_closed()) {
    // Something came in between. Unless somebody has already made a wake-up of this sleep, it is
    // taken back.
    while (sleeping_in(state) != 0) {
      if (state_.compare_exchange_weak(state, state - one_sleeping + one_searching,
                                       std::memory_order_seq_cst)) {
        return;
      }
    }
  }
  for (;;) {
    std::uint32_t tokens = tokens_.load(std::memory_order_seq_cst);
    while (tokens != 0) {
      if (tokens_.compare_exchange_weak(tokens, tokens - 1, std::memory_order_seq_cst)) return;
    }
    futex(tokens_, FUTEX_WAIT, 0);
  }
}

bool thread_crew::try_leave(bool searching) noexcept {
  wait_list ended;
  {
    const std::lock_guard hold(lock_);
    if (queue_.size() != 0) return false;
    if (searching) state_.fetch_sub(one_searching, std::memory_order_seq_cst);
    if (--alive_ == 0) take_all(waiting_for_end_, ended);
  }
  // From here on nothing of the crew is touched.
  post_all(ended);
  return true;
}

}  // namespace tridem::detail
