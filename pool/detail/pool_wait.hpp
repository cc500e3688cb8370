// SPDX-License-Identifier: MIT
// A wait of a task that a thread pool ends: for a job, for room, for the end of the pool.
//
//   idle --enqueue--> linked --taken by a thread--> running --post--> posted --arrive--> resumed
//                       |
//                       +--cancel: unlinked, the wait ends at once
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/inbox.hpp>
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/promise.hpp>

#include <atomic>
#include <coroutine>
#include <exception>

namespace tridem {
class event_loop;
}

namespace tridem::detail {

class thread_crew;
class thread_waits;
struct pool_wait_tag;

/// Lives in the awaiting frame; from the moment it is enqueued until `arrive` the pool has its
/// address.
class pool_wait : public suspension, public inbox_node, public list_hook<pool_wait_tag> {
 public:
  pool_wait(const pool_wait&) = delete;
  pool_wait& operator=(const pool_wait&) = delete;

  /// Unlinks a wait that nobody has taken up; asks a job that runs to stop. Loop's thread.
  void request_cancel() noexcept final;
  /// Back on the loop's thread.
  void arrive() noexcept final;
  /// Its task is awaited before the loop goes.
  void abandon() noexcept final {}

  /// Hands the wait back to its loop, which may free it at once. Threads: whoever took it up.
  void post() noexcept;

  /// Ends what is waited for without it: the pool is closed, or has no threads.
  virtual void refuse(std::exception_ptr why) noexcept = 0;

  /// The loop of the task that waits. Once it is enqueued.
  [[nodiscard]] const event_loop& home() const noexcept { return *home_; }

  bool is_taken = false;  ///< Too late to withdraw it; guarded by the lock of the crew.

 protected:
  explicit pool_wait(thread_crew& crew) noexcept : crew_(&crew) {}
  ~pool_wait() = default;

  /// Puts the wait where the pool's threads find it. False when there is nothing to wait for.
  [[nodiscard]] virtual bool enqueue(thread_crew& crew) noexcept = 0;
  /// Takes it back. False when a thread has it.
  [[nodiscard]] virtual bool withdraw(thread_crew& crew) noexcept = 0;
  /// The pool has it. `ended` follows, on the loop's thread as well.
  virtual void begun(event_loop& home) noexcept { (void)home; }
  virtual void ended() noexcept {}
  /// A cancellation came too late to withdraw it.
  virtual void stop_running() noexcept {}

  /// The common `await_suspend`.
  template <class Promise>
  [[nodiscard]] bool begin(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    strand& line = *frame.line;
    if (line.scope->is_cancelled()) {
      cut_short_ = true;
      return false;
    }
    if (!begin_on(*line.loop)) return false;
    // The pool may be done already, but only `arrive`, on this thread, looks at the strand.
    line.suspend_in(*this, awaiting, frame);
    return true;
  }
  /// The wait was withdrawn, or never begun, because of a cancellation.
  [[nodiscard]] bool was_cut_short() const noexcept { return cut_short_; }
  /// The pool does not know this wait any more.
  [[nodiscard]] bool is_posted() const noexcept { return posted_.load(std::memory_order_acquire); }

  [[nodiscard]] thread_crew& crew() const noexcept { return *crew_; }

 private:
  [[nodiscard]] bool begin_on(loop_core& home) noexcept;

  thread_crew* crew_;
  event_loop* home_ = nullptr;
  // Set by the thread that posts, before the loop can see the node; read by the loop's thread,
  // which must not touch a pool that may be gone.
  std::atomic<bool> posted_{false};
  bool cut_short_ = false;
};

}  // namespace tridem::detail
