// SPDX-License-Identifier: MIT
// A strand is one line of execution: a spawned task, or a child of gather. It has at most one
// pending wait, so it is itself the node of the ready queue, and nothing is allocated to suspend or
// to resume it. Every task that waits holds one: each member counts.
#pragma once

#include <tridem/runtime/detail/context.hpp>
#include <tridem/runtime/detail/ready_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <source_location>

#ifndef TRIDEM_ASYNC_STACKS
#define TRIDEM_ASYNC_STACKS 1
#endif

namespace tridem::detail {

/// False only where somebody measures what async stacks cost: then no await notes its place. The
/// layout of frames and strands is the same.
inline constexpr bool async_stacks = TRIDEM_ASYNC_STACKS != 0;

class promise_base;
class strand;
class loop_core;
class scope_node;
struct task_record;

/// What a strand is waiting for. Ends by `complete`, or early after `request_cancel`.
class suspension {
 public:
  /// Asks for an early end, only asks: it never resumes the strand inline, and a result that is
  /// there wins.
  virtual void request_cancel() noexcept = 0;
  /// Writes what is waited for ("recv fd 7") into `out`, at most `size` bytes with the final zero.
  virtual void describe(char* out, std::size_t size) const noexcept = 0;

  /// The strand that waits; null before and after.
  strand* waiter = nullptr;

 protected:
  suspension() = default;
  suspension(const suspension&) noexcept {}
  suspension& operator=(const suspension&) = delete;
  ~suspension() = default;
};

/// One line of execution. Derived classes say what happens when its outermost frame has ended.
class strand : public ready_node {
 public:
  strand() = default;
  strand(const strand&) = delete;
  strand& operator=(const strand&) = delete;

  /// Called by the outermost frame at its final suspension point; the result is transferred to.
  /// The frame must not be destroyed in here: it is still being left.
  virtual std::coroutine_handle<> finished() noexcept = 0;

  /// Begins a wait: `frame`, which runs and so is the leaf, stands at the await; `at` is resumed
  /// when the wait completes.
  inline void suspend_in(suspension& wait, std::coroutine_handle<> at,
                         promise_base& frame) noexcept;

  /// The innermost frame, running or suspended: each await notes it as what is to be resumed.
  [[nodiscard]] inline promise_base* leaf() const noexcept;

  /// Ends the wait: the strand is resumed in turn, never inline.
  void complete() noexcept;
  /// Called by `complete` when `decides_by_completion` is set.
  virtual void completed() noexcept {}

  /// The frame that awaits this strand (gather); null for a task.
  [[nodiscard]] virtual promise_base* awaited_by() const noexcept { return nullptr; }
  /// The task on whose behalf it runs: name and id. Cost: one step for each gather in between.
  [[nodiscard]] task_record& record() const noexcept;

  suspension* pending = nullptr;       ///< Null while the strand runs or stands in the ready queue.
  scope_node* scope = nullptr;         ///< The innermost scope that it is in.
  loop_core* loop = nullptr;           ///< Home.
  context_node* context = nullptr;     ///< The context variables that it sees.
  std::uint32_t waits_since = 0;       ///< By the stamp of the loop; for reports only.
  bool decides_by_completion = false;  ///< A race among bare operations is decided by `complete`.
  bool is_task = false;                ///< Then it is a task_control_base.
  bool gives_way = false;  ///< Ready, but after all that was ready before it; for the shuffle only.

 protected:
  ~strand() {
    if (context != nullptr) [[unlikely]]
      release_context(context);
  }
};

}  // namespace tridem::detail
