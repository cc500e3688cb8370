// SPDX-License-Identifier: MIT
// How a wait for a thread pool begins, ends, and is given up.
#include "pool/threads/thread_crew.hpp"
#include "pool/threads/thread_waits.hpp"

#include <tridem/pool/detail/crew_waits.hpp>
#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <cstdio>

namespace tridem::detail {

bool pool_wait::begin_on(loop_core& home) noexcept {
  home_ = static_cast<event_loop*>(&home);
  begun(*home_);
  if (enqueue(*crew_)) return true;
  ended();
  return false;
}

void pool_wait::request_cancel() noexcept {
  if (is_posted()) return;  // what it waited for is there, and wins
  if (withdraw(*crew_)) {
    cut_short_ = true;
    ended();
    waiter->complete();
  } else {
    stop_running();
  }
}

void pool_wait::arrive() noexcept {
  ended();
  waiter->complete();
}

void pool_wait::post() noexcept {
  event_loop& home = *home_;
  posted_.store(true, std::memory_order_release);
  home.post(*this);
}

void thread_job::begun(event_loop& home) noexcept {
  waits_ = &home.attachment<thread_waits>();
  waits_->begin();
}

void thread_job::ended() noexcept {
  waits_->end();
}

void thread_job::runs_on(int cpu) noexcept {
  waits_->partner_runs_on(cpu);
}

bool thread_job::enqueue(thread_crew& crew) noexcept {
  return crew.enqueue(*this);
}

bool thread_job::withdraw(thread_crew& crew) noexcept {
  return crew.withdraw(*this);
}

void thread_job::describe(char* out, std::size_t size) const noexcept {
  // The pool may be gone once it has posted the job.
  if (is_posted()) {
    std::snprintf(out, size, "a job on a thread, which has ended");
  } else {
    std::snprintf(out, size, "a job of thread pool '%s'", crew().options().name.c_str());
  }
}

void crew_wait::check() {
  if (was_cut_short()) throw_cancelled();
  if (error_ != nullptr) std::rethrow_exception(error_);
}

bool crew_wait::withdraw(thread_crew& crew) noexcept {
  return crew.withdraw(*this);
}

bool room_awaiter::enqueue(thread_crew& crew) noexcept {
  return crew.enqueue_for_room(*this);
}

bool end_awaiter::enqueue(thread_crew& crew) noexcept {
  return crew.enqueue_for_end(*this);
}

}  // namespace tridem::detail
