// SPDX-License-Identifier: MIT
// Threads, each with its loop; one failure ends them all.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/run_on_each.hpp>

#include <algorithm>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <thread>

namespace tridem::detail {
namespace {

cpu_set_t usable_cpus() noexcept {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) CPU_SET(0, &usable);
  return usable;
}

void pin_this_thread(std::size_t index) noexcept {
  const cpu_set_t usable = usable_cpus();
  std::size_t skip = index % static_cast<std::size_t>(std::max(CPU_COUNT(&usable), 1));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &usable) || skip-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    // Only a wish: where it is refused the thread runs all the same.
    (void)::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
    return;
  }
}

// What the threads share. A loop stands in `loops` from its first task to its last.
class crew {
 public:
  explicit crew(std::size_t count) : loops_(count, nullptr) {
    errors_.reserve(count + 1);  // one for each loop, and one for a thread that could not be made
  }

  void enter(std::size_t index, event_loop& loop) {
    const std::lock_guard held(mutex_);
    loops_[index] = &loop;
    if (failed_) loop.root_scope().cancel();
  }
  void leave(std::size_t index) {
    const std::lock_guard held(mutex_);
    loops_[index] = nullptr;
  }
  void fail(std::exception_ptr error) {
    const std::lock_guard held(mutex_);
    errors_.push_back(std::move(error));
    if (std::exchange(failed_, true)) return;
    for (event_loop* loop : loops_) {
      if (loop != nullptr) loop->call_soon_threadsafe([loop] { loop->root_scope().cancel(); });
    }
  }
  void rethrow_first() {
    if (errors_.empty()) return;
    // A loop that was only told to stop says no more than that.
    const auto first = std::ranges::find_if_not(errors_, is_task_cancelled);
    if (first != errors_.end()) std::swap(errors_.front(), *first);
    for (std::size_t i = 1; i < errors_.size(); ++i) {
      if (is_task_cancelled(errors_[i])) continue;
      note_beside(errors_[0], "also failed on another loop", errors_[i]);
    }
    std::rethrow_exception(errors_[0]);
  }

 private:
  static bool is_task_cancelled(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const task_cancelled&) {
      return true;
    } catch (...) {
      return false;
    }
  }

  std::mutex mutex_;
  std::vector<event_loop*> loops_;
  std::vector<std::exception_ptr> errors_;
  bool failed_ = false;
};

task<> run_inside(crew& all, std::size_t index, task<> body) {
  all.enter(index, event_loop::current());
  // Left before the loop can go: whoever cancels holds the lock while it posts.
  struct leaving {
    crew& all;
    std::size_t index;
    ~leaving() { all.leave(index); }
  } left{all, index};
  co_await std::move(body);
}

}  // namespace

std::size_t loop_count(const run_on_each_options& options) noexcept {
  if (options.loops > 0) return options.loops;
  const cpu_set_t usable = usable_cpus();
  return static_cast<std::size_t>(std::max(CPU_COUNT(&usable), 1));
}

void run_loops(const run_on_each_options& options, std::size_t count,
               task<> (*body)(void*, std::size_t), void* context,
               std::unique_ptr<driver> (*make)(const run_options&)) {
  TRIDEM_ASSERT(
      loop_core::current() == nullptr,
      "run_on_each was called from a task: it blocks its thread; call it where run() is called");
  crew all(count);
  const auto run_one = [&](std::size_t index) {
    ::pthread_setname_np(::pthread_self(), ("loop-" + std::to_string(index)).c_str());
    if (options.pin) pin_this_thread(index);
    try {
      run_on(make(options.each), run_inside(all, index, body(context, index)),
             std::source_location::current(), debug_settings_of(options.each));
    } catch (...) {
      all.fail(std::current_exception());
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(count);
  try {
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(run_one, i);
  } catch (...) {
    all.fail(std::current_exception());
  }
  for (std::thread& one : threads) one.join();
  all.rethrow_first();
}

}  // namespace tridem::detail
