// SPDX-License-Identifier: MIT
// How a wait for a thread pool begins, ends, and is given up.
#include "pool/threads/thread_crew.hpp"
#include "pool/threads/thread_waits.hpp"

#include <tridem/pool/detail/crew_waits.hpp>
#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>

#include <cstdio>
#include <new>
#include <unwind.h>

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

void thread_job::keep_calls(std::span<void* const> calls) {
  try {
    if (!calls.empty()) {
      calls_of_throw_ = std::make_unique<std::vector<void*>>(calls.begin(), calls.end());
    }
  } catch (const std::bad_alloc&) {
    // Out of memory while describing an error: the error itself is what counts.
  }
}

void thread_job::add_origins(const std::exception_ptr& error, const void* code,
                             const std::type_info& type) const noexcept {
  if (is_cancelled_exception(error)) return;
  bool is_shown = false;
  if (calls_of_throw_ != nullptr) {
    for (void* after_call : *calls_of_throw_) {
      void* call = static_cast<char*>(after_call) - 1;
      is_shown |= code != nullptr && _Unwind_FindEnclosingFunction(call) == code;
      add_origin(error, stack_place::in_job_code(call));
    }
  }
  if (is_shown) return;
  add_origin(error, code != nullptr ? stack_place::in_job_code(code)
                                    : stack_place::in_job("job " + readable_type(type.name())));
}

bool thread_job::enqueue(thread_crew& crew) noexcept {
  return crew.enqueue(*this);
}

bool thread_job::withdraw(thread_crew& crew) noexcept {
  return crew.withdraw(*this);
}

bool has_queued(const thread_crew& crew) noexcept {
  return crew.has_queued();
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
  return crew.enqueue_for_room(*this, home());
}

bool end_awaiter::enqueue(thread_crew& crew) noexcept {
  return crew.enqueue_for_end(*this);
}

}  // namespace tridem::detail
