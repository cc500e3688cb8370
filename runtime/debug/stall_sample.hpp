// SPDX-License-Identifier: MIT
// What a loop's thread is in the middle of, taken by a signal while it is in the middle of it.
#pragma once

#include "runtime/debug/thread_activity.hpp"

#include <tridem/runtime/detail/call_site.hpp>
#include <tridem/runtime/detail/loop_core.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>

namespace tridem::detail {

/// Plain data of fixed size: a signal handler fills it, texts are made of it elsewhere.
struct stall_sample {
  struct frame {
    std::source_location where;      ///< Its last await; without a line when it has come to none.
    const void* function = nullptr;  ///< Code of the coroutine.
  };

  static constexpr std::size_t calls_max = 96;
  static constexpr std::size_t frames_max = 64;
  static constexpr std::size_t name_max = 64;

  void* calls[calls_max];  ///< Return addresses, from the interrupted function outwards.
  std::size_t call_count = 0;

  bool in_task = false;  ///< Else it was in a callback, or in the loop itself.
  std::uint64_t task_id = 0;
  char task_name[name_max] = "";  ///< Cut to its room; empty for a task that has none.
  call_site created;              ///< Where the task was created.
  frame frames[frames_max];       ///< The one that runs comes first, then those that await it.
  std::size_t frame_count = 0;

  [[nodiscard]] std::span<void* const> native_stack() const noexcept { return {calls, call_count}; }
  [[nodiscard]] std::span<const frame> async_stack() const noexcept {
    return {frames, frame_count};
  }
};

/// Takes samples by the signal SIGURG, which the kernel ignores where nobody wants it and which
/// nothing else uses but out-of-band data of sockets.
///
/// The handler is installed by the first sample, with SA_RESTART, and passes signals that are not
/// its own to the handler that was there before. Threads: one at a time.
class stall_sampler {
 public:
  stall_sampler() = default;
  stall_sampler(const stall_sampler&) = delete;
  stall_sampler& operator=(const stall_sampler&) = delete;
  /// Puts the former handler back, unless somebody has installed another since.
  ~stall_sampler();

  /// Interrupts `thread`, on which `loop` runs, and waits for its answer. False when none comes
  /// within `patience`: the signal is blocked, another handler has it, or the thread is in an
  /// uninterruptible system call.
  ///
  /// A system call that the thread is blocked in goes on, except those that signal(7) lists as
  /// never restarted (sleeps, poll, timed waits): they end with EINTR.
  [[nodiscard]] bool take(const thread_identity& thread, const loop_core& loop, stall_sample& into,
                          duration patience);

 private:
  static void install() noexcept;
};

}  // namespace tridem::detail
