// SPDX-License-Identifier: MIT
// Autojump, as trio's MockClock has it.
#include "tests/support/virtual_driver.hpp"

#include "runtime/debug/watchdog.hpp"

#include <tridem/runtime/assert.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sys/stat.h>
#include <thread>
#include <utility>

namespace tridem::test {

namespace {

// One call, because it is asked at each jump of the clock: the kernel counts each thread as a link
// of that directory (proc_task_getattr in fs/proc/base.c).
nlink_t count_of_threads() {
  struct stat threads{};
  return ::stat("/proc/self/task", &threads) == 0 ? threads.st_nlink : 0;
}

// What runs before main belongs to a sanitizer and wakes nobody, nor does the watchdog.
// ThreadSanitizer starts its own with the first thread of the program, so that one is made here,
// and counts while it cannot be half gone.
nlink_t count_before_main() {
  nlink_t with_counter = 0;
  std::thread([&] { with_counter = count_of_threads(); }).join();
  return with_counter - 1;
}

const nlink_t threads_at_start = count_before_main();

bool other_threads_live() {
  return count_of_threads() > threads_at_start + static_cast<nlink_t>(detail::watchdog_threads());
}

}  // namespace

virtual_driver::~virtual_driver() {
  TRIDEM_ASSERT(held_.empty() && ended_.empty(), "a virtual_driver died with operations in it");
}

void virtual_driver::take(operation_list& submitted) {
  while (!submitted.empty()) {
    operation& op = submitted.pop_front();
    const bool cancelling = op.state == operation_state::cancelling;
    op.state = operation_state::in_flight;
    if (!cancelling) {
      held_.push_back(&op);
    } else if (obeys_cancel && std::ranges::find(held_, &op) != held_.end()) {
      complete(op, operation::cancelled_result);
    }
  }
}

void virtual_driver::complete(operation& op, std::int32_t result) {
  TRIDEM_ASSERT(std::erase(held_, &op) == 1, "complete() of an operation that is not held");
  op.result = result;
  ended_.push_back(&op);
}

bool virtual_driver::wait_for_wake(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  // With no patience a wait would only give the processor away.
  if (patience.count() == 0) return std::exchange(woken_, false);
  condition_.wait_for(lock, patience, [&] { return woken_; });
  return std::exchange(woken_, false);
}

void virtual_driver::turn(operation_list& submitted, operation_list& completed,
                          time_point deadline) {
  take(submitted);
  if (!ended_.empty()) {
    for (operation* op : std::exchange(ended_, {})) completed.push_back(*op);
    return;
  }
  if (deadline > now_ && when_idle) when_idle();
  const bool others = deadline > now_ && other_threads_live();
  if (wait_for_wake(std::chrono::milliseconds(others ? 2 : 0))) return;
  if (deadline != never) {
    now_ = std::max(now_, deadline);
    return;
  }
  if (others && wait_for_wake(std::chrono::seconds(10))) return;
  std::fputs("deadlock: tasks wait, but no timer and no operation can ever end a wait\n", stderr);
  std::abort();
}

void virtual_driver::wake() noexcept {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  condition_.notify_one();
}

}  // namespace tridem::test
