// SPDX-License-Identifier: MIT
// The queue between the loop and the threads that may block, and the stack on the way back.
#include "io/posix/blocking_lane.hpp"

#include "io/posix/complete_in_turn.hpp"

#include <csignal>
#include <exception>
#include <pthread.h>

namespace tridem::detail {

namespace {

operation* next_of(const operation& op) noexcept {
  return static_cast<operation*>(op.driver_data);
}

}  // namespace

blocking_lane::~blocking_lane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_arrived_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void blocking_lane::push(operation& op) {
  bool too_few = false;
  {
    const std::lock_guard lock(mutex_);
    op.driver_data = nullptr;
    if (first_ == nullptr) {
      first_ = &op;
    } else {
      last_->driver_data = &op;
    }
    last_ = &op;
    too_few = ++queued_ > idle_;
  }
  ++outstanding_;
  if (!too_few) {
    work_arrived_.notify_one();
  } else if (threads_.size() < max_threads && !start_thread() && threads_.empty()) {
    // A process that may have no thread at all is served too, only without overlap.
    perform_(take_first());
    finish(op);
  }
}

bool blocking_lane::start_thread() noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::exception&) {  // no thread to be had, or no memory
    started = false;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

bool blocking_lane::remove(operation& op) noexcept {
  const std::lock_guard lock(mutex_);
  operation* before = nullptr;
  operation* at = first_;
  while (at != nullptr && at != &op) {
    before = at;
    at = next_of(*at);
  }
  if (at == nullptr) return false;
  if (before == nullptr) {
    first_ = next_of(op);
  } else {
    before->driver_data = op.driver_data;
  }
  if (last_ == &op) last_ = before;
  --queued_;
  --outstanding_;
  return true;
}

operation& blocking_lane::take_first() noexcept {
  operation& op = *first_;
  first_ = next_of(op);
  if (first_ == nullptr) last_ = nullptr;
  --queued_;
  return op;
}

void blocking_lane::finish(operation& op) noexcept {
  operation* newest = finished_.load(std::memory_order_relaxed);
  do {
    op.driver_data = newest;
  } while (!finished_.compare_exchange_weak(newest, &op, std::memory_order_release,
                                            std::memory_order_relaxed));
}

std::size_t blocking_lane::collect(operation_list& completed) noexcept {
  if (outstanding_ == 0 || finished_.load(std::memory_order_relaxed) == nullptr) return 0;
  std::size_t count = 0;
  operation* newest = finished_.exchange(nullptr, std::memory_order_acquire);
  operation* oldest = nullptr;
  while (newest != nullptr) {
    operation* next = next_of(*newest);
    newest->driver_data = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    operation* next = next_of(*oldest);
    complete_in_turn(*oldest, completed);
    ++count;
    oldest = next;
  }
  outstanding_ -= count;
  return count;
}

void blocking_lane::work() noexcept {
  ::pthread_setname_np(::pthread_self(), "tridem-blocking");
  std::unique_lock lock(mutex_);
  for (;;) {
    while (first_ == nullptr && !stopping_) {
      ++idle_;
      work_arrived_.wait(lock);
      --idle_;
    }
    if (first_ == nullptr) return;
    operation& op = take_first();
    lock.unlock();
    perform_(op);
    finish(op);
    home_.wake();
    lock.lock();
  }
}

}  // namespace tridem::detail
