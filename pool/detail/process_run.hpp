// SPDX-License-Identifier: MIT
// What a process object and the task that runs its call know of each other.
#pragma once

#include <tridem/pool/detail/process_call.hpp>
#include <tridem/pool/errors.hpp>
#include <tridem/pool/process_options.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/task.hpp>
#include <tridem/runtime/task_handle.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// Tells result types apart without RTTI.
template <class R>
inline constexpr char result_type_tag = 0;

/// Shared by the object and the task. Loop's thread only.
struct process_state {
  explicit process_state(const char& type) noexcept : result_type(&type) {}
  process_state(const process_state&) = delete;
  virtual ~process_state() = default;

  /// The process of the call, once it has one.
  [[nodiscard]] int pid() const noexcept;
  /// Sends a signal to the process. False when it has none (yet, or any more).
  bool signal(int number) noexcept;
  /// Waits until the call has a process, or has ended.
  static task<> has_started(std::shared_ptr<process_state> self);

  const char* const result_type;
  process_call* call = nullptr;  ///< While it is awaited.
  int last_pid = 0;              ///< Of the process, after the call.
  int ended_by = 0;              ///< The signal by which we have ended it; 0 if we have not.
  std::optional<int> exit_code;
  event has_ended;
};

template <class R>
struct process_result final : process_state {
  process_result() noexcept : process_state(result_type_tag<R>) {}
  std::optional<R> value;
};
template <>
struct process_result<void> final : process_state {
  process_result() noexcept : process_state(result_type_tag<void>) {}
};

/// The call of a process: as any other, but the object can find it.
template <auto Function, class Kept>
class process_main_awaiter final : public process_call_awaiter<Function, Kept> {
 public:
  process_main_awaiter(process_pool& pool, process_state& state, Kept&& arguments)
      : process_call_awaiter<Function, Kept>(pool, {}, std::move(arguments)), state_(state) {
    state_.call = this;
  }
  ~process_main_awaiter() {
    state_.last_pid = this->pid;
    state_.call = nullptr;
  }

 private:
  process_state& state_;
};

template <auto Function, class Kept>
class process_main {
 public:
  process_main(process_pool& pool, process_state& state, Kept& arguments) noexcept
      : pool_(&pool), state_(&state), arguments_(&arguments) {}
  process_main_awaiter<Function, Kept> operator co_await() const {
    return process_main_awaiter<Function, Kept>(*pool_, *state_, std::move(*arguments_));
  }

 private:
  process_pool* pool_;
  process_state* state_;
  Kept* arguments_;
};

/// Notes how the call has ended, and says so.
class process_ending {
 public:
  explicit process_ending(process_state& state) noexcept : state_(state) {}
  process_ending(const process_ending&) = delete;
  ~process_ending() { state_.has_ended.set(); }

  void returned() noexcept { state_.exit_code = 0; }
  /// The exception that is being handled. True when it is what we have asked for.
  [[nodiscard]] bool thrown() noexcept;

 private:
  process_state& state_;
};

/// Runs the call of a process. A process that was ended on request has not failed.
template <auto Function, class R, class Kept>
task<> run_process(process_pool& pool, std::shared_ptr<process_result<R>> state, Kept arguments) {
  process_ending ending(*state);
  try {
    const process_main<Function, Kept> main(pool, *state, arguments);
    if constexpr (std::is_void_v<R>) {
      co_await main;
    } else {
      state->value.emplace(co_await main);
    }
    ending.returned();
  } catch (...) {
    if (!ending.thrown()) throw;
  }
}

/// The pool of this loop in which every process with these options runs one call; made on first
/// use.
[[nodiscard]] process_pool& processes_with(const process_options& options);

}  // namespace tridem::detail
