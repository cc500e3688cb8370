// SPDX-License-Identifier: MIT
// A call into a worker process: the node in the awaiting frame, and the wait for it.
//
//   idle --enqueue--> pending --publish--> given --result--> done
//                      |   ^                |
//                      |   +--worker died---+--worker died, call not started, or idempotent
//                      +--cancel, deadline: done at once
#pragma once

#include <tridem/pool/detail/argument.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/process_pool_options.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/detail/result_slot.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

namespace tridem {
class process_pool;
class event_loop;
}  // namespace tridem

namespace tridem::detail {

class process_core;
class worker_link;
struct process_call_tag;

/// What the pool knows of a call. Loop's thread only.
class process_call : public suspension, public list_hook<process_call_tag>, public timer_node {
 public:
  enum class state : unsigned char { idle, pending, given, done };

  process_call(const process_call&) = delete;
  process_call& operator=(const process_call&) = delete;

  void request_cancel() noexcept final;
  void describe(char* out, std::size_t size) const noexcept final;
  /// The call's own deadline has passed.
  void fire() noexcept final;

  /// Takes the value out of its message. Errors: malformed_message, std::bad_alloc.
  virtual void deliver(message_reader& in) = 0;
  virtual void fail(std::exception_ptr error) noexcept = 0;
  /// All is said: resumes who waits.
  virtual void ended() noexcept { waiter->complete(); }

  process_pool* pool = nullptr;
  const job_entry* job;
  encodable arguments;
  call_options options;
  process_core* core = nullptr;   ///< Where it is enqueued.
  worker_link* worker = nullptr;  ///< Whom it was given to.
  std::uint64_t sequence = 0;     ///< Its number there.
  int pid = 0;                    ///< Of that process, when it is known; stays.
  state where = state::idle;
  bool is_of_worker = false;      ///< The worker's own beginning or end: goes to no other.
  bool cut_short = false;         ///< Ended by a cancellation.
  bool timed_out = false;         ///< Its worker was told to stop because of a deadline.
  bool cancel_requested = false;  ///< Its worker was told to stop because of a cancellation.
  unsigned deaths = 0;            ///< Of workers that ran it.
  std::string history;            ///< Of these deaths.

 protected:
  process_call(process_pool& owner, const job_entry& which, encodable what,
               call_options how) noexcept
      : pool(&owner), job(&which), arguments(what), options(how) {}
  /// A call of the pool itself.
  process_call(const job_entry& which, encodable what) noexcept : job(&which), arguments(what) {}
  ~process_call() = default;

  /// The common `await_suspend`: false when it has ended already.
  template <class Promise>
  [[nodiscard]] bool begin(std::coroutine_handle<Promise> awaiting) {
    promise_base& frame = awaiting.promise();
    strand& line = *frame.line;
    cut_short = line.scope->is_cancelled();
    if (cut_short || !enqueue(*line.loop)) return false;
    line.suspend_in(*this, awaiting, frame);
    return true;
  }

 private:
  bool enqueue(loop_core& home) noexcept;
};

/// Where the caller finds the result.
template <class R>
class process_call_result : public process_call {
 public:
  void deliver(message_reader& in) override {
    if constexpr (std::is_void_v<R>) {
      (void)decode<std::monostate>(in);
      in.expect_end();
      result_.set_value();
    } else {
      R value = decode<R>(in);
      in.expect_end();
      result_.set_value(std::move(value));
    }
  }
  void fail(std::exception_ptr error) noexcept override { result_.set_error(std::move(error)); }

 protected:
  using process_call::process_call;
  ~process_call_result() = default;

  R take() {
    if (cut_short) throw_cancelled();
    return result_.take();
  }

 private:
  result_slot<R> result_;
};

/// The awaiter of `submit`: the arguments stay here, and are encoded when a worker is chosen, once
/// or, after the death of a worker, once more.
template <auto Function, class Kept>
class process_call_awaiter
    : public process_call_result<typename job_signature<decltype(Function)>::result> {
  using signature = job_signature<decltype(Function)>;
  using result = typename signature::result;
  using given = typename given_parameters<typename signature::parameters>::type;

 public:
  process_call_awaiter(process_pool& pool, call_options how, Kept&& arguments)
      : process_call_result<result>(pool, job<Function>::entry,
                                    {&argument_writer<given, Kept>::write, &kept_}, how),
        kept_(std::move(arguments)) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) {
    return this->begin(awaiting);
  }
  result await_resume() { return this->take(); }

 private:
  Kept kept_;
};

/// What `submit` gives: a call that has not been made yet.
template <auto Function, class Kept>
class [[nodiscard(
    "a call does nothing until it is awaited: co_await it, gather it, or create_task "
    "it")]] process_call_awaitable {
 public:
  using value_type = typename job_signature<decltype(Function)>::result;

  template <class... Args>
  process_call_awaitable(process_pool& pool, call_options how, std::in_place_t, Args&&... args)
      : pool_(&pool), how_(how), kept_(kept_maker<Kept>::make(std::forward<Args>(args)...)) {}
  process_call_awaitable(process_call_awaitable&&) = default;
  // User-provided: what g++ 12 destroys twice inside a co_await expression are aggregates.
  ~process_call_awaitable() {}

  process_call_awaiter<Function, Kept> operator co_await() && {
    return process_call_awaiter<Function, Kept>(*pool_, how_, std::move(kept_));
  }

 private:
  process_pool* pool_;
  call_options how_;
  Kept kept_;
};

template <auto Function, class... Args>
auto make_process_call(process_pool& pool, call_options how, Args&&... args) {
  using signature = job_signature<decltype(Function)>;
  using given = typename given_parameters<typename signature::parameters>::type;
  using kept = typename kept_arguments<given, Args...>::type;
  return process_call_awaitable<Function, kept>(pool, how, std::in_place,
                                                std::forward<Args>(args)...);
}

}  // namespace tridem::detail
