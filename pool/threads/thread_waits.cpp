// SPDX-License-Identifier: MIT
// When a loop that waits for threads spins.
#include "pool/threads/thread_waits.hpp"

#include "pool/threads/thread_crew.hpp"
#include "pool/threads/usable_cpus.hpp"

#include <sched.h>

namespace tridem::detail {

const char thread_waits::kind = 0;

thread_waits::thread_waits(event_loop& home)
    : loop_attachment(kind),
      home_(home),
      kept_from_(thread_crew::of_this_thread()),
      may_spin_(kept_from_ == nullptr && usable_cpus() > 1) {}

thread_waits::~thread_waits() {
  if (under_way_ != 0) home_.remove_poller(*this);
}

void thread_waits::begin() noexcept {
  if (under_way_++ == 0) home_.add_poller(*this);
}

void thread_waits::end() noexcept {
  if (is_spinning_) policy_.hit();
  is_spinning_ = false;
  if (--under_way_ == 0) home_.remove_poller(*this);
}

// Asked before the loop spins.
int thread_waits::spin_ns() const noexcept {
  is_spinning_ = false;
  if (!may_spin_) return 0;
  // On one CPU spinning only keeps the partner from running.
  if (partner_cpu_.load(std::memory_order_relaxed) == ::sched_getcpu()) return 0;
  if (!policy_.try_now()) return 0;
  is_spinning_ = true;
  return detail::spin_ns;
}

// Called when the loop has spun in vain.
bool thread_waits::prepare_sleep() noexcept {
  if (is_spinning_) policy_.miss();
  is_spinning_ = false;
  return kept_from_ != nullptr && kept_from_->help(home_);
}

}  // namespace tridem::detail
