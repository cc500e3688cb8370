// SPDX-License-Identifier: MIT
// The part of a loop that every await touches: small, so that task.hpp stays cheap to include.
#pragma once

#include <tridem/runtime/detail/ready_queue.hpp>
#include <tridem/runtime/detail/strand.hpp>
#include <tridem/runtime/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tridem::detail {

/// About where the stack ends now. Read from the register: asking for the address of the frame
/// would make the compiler keep a frame pointer in every coroutine.
[[nodiscard]] inline const char* stack_pointer() noexcept {
#if defined(__x86_64__)
  const char* here;
  asm("mov %%rsp, %0" : "=r"(here));
  return here;
#else
  return static_cast<const char*>(__builtin_frame_address(0));
#endif
}

/// The queues of one loop. `event_loop` derives from it; nothing else does.
class loop_core {
 public:
  loop_core() = default;
  loop_core(const loop_core&) = delete;
  loop_core& operator=(const loop_core&) = delete;

  /// The loop of this thread; null when none runs here.
  static loop_core* current() noexcept { return current_; }

  /// Puts `other` in the place of the loop of this thread and gives that back: for foreign code
  /// that is called from inside a loop, and may run one of its own.
  static loop_core* exchange_current(loop_core* other) noexcept {
    return std::exchange(current_, other);
  }

  /// Aborts, naming both threads, unless this is the loop's own thread.
  void check_thread(const char* what) const noexcept {
    if (current_ != this) [[unlikely]]
      wrong_thread(what);
  }

  /// True when a further transfer would go too deep: the compiler may have made it a plain call.
  [[nodiscard]] bool stack_is_deep() const noexcept { return stack_pointer() < stack_limit; }
  /// The stack ends here, or near, while the loop resumes.
  void measure_stack_from(const void* base) noexcept {
    stack_limit = static_cast<const char*>(base) - max_transfer_depth;
  }

  /// Queues `op` for the driver's next turn on behalf of `owner`, which is suspended in it.
  void submit(operation& op) noexcept {
    op.state = operation_state::queued;
    submitted.push_back(op);
  }

  static constexpr std::size_t max_transfer_depth = 64 * 1024;  // bytes

  ready_queue ready;
  operation_list submitted;
  const char* stack_limit = nullptr;
  strand* running = nullptr;    ///< The strand being resumed at this moment; null between two.
  ready_node* ended = nullptr;  ///< The task whose frame was left in this resumption.
  std::uint32_t stamp = 0;      ///< When this turn began: see event_loop::stamp_of.

 protected:
  ~loop_core() = default;
  static constinit thread_local loop_core* current_;

 private:
  [[noreturn]] void wrong_thread(const char* what) const noexcept;
};

inline void strand::suspend_in(suspension& wait, std::coroutine_handle<> at,
                               promise_base&) noexcept {
  // With async stacks it is there already. What has just been stored is read faster, though.
  resume_point = at;
  pending = &wait;
  if constexpr (async_stacks) waits_since = loop->stamp;
  wait.waiter = this;
}

/// Where to go on: `target` itself, or nowhere with `target` queued first when the stack is already
/// deep.
inline std::coroutine_handle<> transfer(strand& line, std::coroutine_handle<> target) noexcept {
  if (!line.loop->stack_is_deep()) [[likely]]
    return target;
  line.resume_point = target;
  line.loop->ready.push_front(line);
  return std::noop_coroutine();
}

}  // namespace tridem::detail
