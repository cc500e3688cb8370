// SPDX-License-Identifier: MIT
// The life of one thread of a pool.
#include "pool/threads/thread_crew.hpp"
#include "pool/threads/wait_lists.hpp"

#include <tridem/runtime/exception.hpp>

#include <chrono>
#include <cstdio>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <utility>

namespace tridem::detail {

constinit thread_local thread_crew* thread_crew::of_this_thread_ = nullptr;

void thread_crew::work(std::size_t number) noexcept {
  if (!begin_work(number)) return;
  spin_policy policy;
  bool searching = true;
  for (;;) {
    if (thread_job* job = take()) {
      if (std::exchange(searching, false)) sleepers_.end_search();
      const bool has_more = !queue_.looks_empty();
      policy.found(has_more);
      if (has_more) wake_one(true);
      run(*job);
      continue;
    }
    if (queue_.is_closed()) {
      if (try_leave(number, searching)) return;
      continue;
    }
    if (may_spin(policy, searching)) {
      if (!searching) sleepers_.begin_search();
      searching = true;
      if (spin(policy)) continue;
    }
    const bool was_called = sleepers_.sleep(searching, options_.idle_timeout, [this] {
      return queue_.looks_empty() && !queue_.is_closed();
    });
    searching = true;
    if (!was_called && try_leave(number, searching)) return;
  }
}

bool thread_crew::begin_work(std::size_t number) noexcept {
  of_this_thread_ = this;
  const std::string name = options_.name.substr(0, 12) + "-" + std::to_string(number + 1);
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  cpus_.bind_thread(number);
  if (!options_.initializer) return true;
  try {
    options_.initializer();
    return true;
  } catch (...) {
    fail_to_begin(number, std::current_exception());
    return false;
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
    mark_taken(*job);
    give_room(has_room);
  }
  post_all(has_room);
  return job;
}

// Under the lock.
void thread_crew::mark_taken(thread_job& job) noexcept {
  ++taken_;
  job.is_taken = true;
  if (job.stopper()) running_stoppable_.push_back(job);
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
  const std::uint64_t others_searching = sleepers_.searching() - (searching ? 1 : 0);
  if (others_searching != 0) return false;
  // One CPU is the partner's. Among the others each needs one that is awake, this thread included.
  const std::uint64_t awake = at_work_.load(std::memory_order_relaxed) - sleepers_.sleeping();
  if (awake + 1 > cpus_.count()) return false;
  if (submitter_cpu_.load(std::memory_order_relaxed) == ::sched_getcpu()) return false;
  return policy.try_now();
}

bool thread_crew::spin(spin_policy& policy) const noexcept {
  using clock = std::chrono::steady_clock;
  const clock::time_point end = clock::now() + std::chrono::nanoseconds(spin_ns);
  for (int i = policy.lingers() ? 32 : 0; i > 0; --i) __builtin_ia32_pause();
  int looks = 0;
  do {
    for (int i = 0; i < 16; ++i) {
      ++looks;
      if (!queue_.looks_empty()) {
        policy.hit_after(looks);
        return true;
      }
      __builtin_ia32_pause();
    }
  } while (!queue_.is_closed() && clock::now() < end);
  policy.miss();
  return false;
}

bool thread_crew::try_leave(std::size_t number, bool searching) noexcept {
  std::thread before;
  {
    const std::lock_guard hold(lock_);
    if (queue_.size() != 0) return false;
    before = give_up_place(number);
    if (searching) sleepers_.end_search();
  }
  // Who added a job in between relied on this searcher.
  if (!queue_.looks_empty()) wake_one(true);
  try {
    if (options_.finalizer) options_.finalizer();
  } catch (...) {
    report_unheard("the finalizer of a thread pool failed", std::current_exception());
  }
  wait_list ended;
  {
    const std::lock_guard hold(lock_);
    --alive_;
    end_if_over(ended);
  }
  // From here on nothing of the crew is touched.
  post_all(ended);
  if (before.joinable()) before.join();
  return true;
}

void thread_crew::fail_to_begin(std::size_t number, const std::exception_ptr& why) noexcept {
  std::thread before;
  wait_list refused;
  wait_list ended;
  bool may_start = false;
  {
    const std::lock_guard hold(lock_);
    before = give_up_place(number);
    sleepers_.end_search();
    // With other threads the jobs only wait longer; without any they would wait for ever. Those
    // that are leaving do not count.
    may_start = at_work_.load(std::memory_order_relaxed) == 0;
    while (thread_job* job = may_start ? queue_.pop() : nullptr) move_taken(*job, refused);
    if (!refused.empty()) take_all(waiting_for_room_, ended);
  }
  refuse_all(refused, why);
  post_all(ended);
  if (!queue_.looks_empty()) wake_one(may_start);
  {
    const std::lock_guard hold(lock_);
    --alive_;
    end_if_over(ended);
  }
  post_all(ended);
  if (before.joinable()) before.join();
}

// Under the lock. From here on another thread may be started in this place, but the end of the pool
// still waits for this one. At most one thread that has ended is left unjoined: each joins the one
// before.
std::thread thread_crew::give_up_place(std::size_t number) noexcept {
  members_[number].is_at_work = false;
  at_work_.fetch_sub(1, std::memory_order_relaxed);
  return std::exchange(last_to_leave_, std::move(members_[number].handle));
}

}  // namespace tridem::detail
