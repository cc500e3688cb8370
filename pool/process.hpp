// SPDX-License-Identifier: MIT
// process: one function in a process of its own, as multiprocessing.Process has it.
#pragma once

#include <tridem/pool/detail/process_run.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/process_options.hpp>
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/task.hpp>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace tridem {

/// A process that runs one function and then ends.
///
///   auto one = process::start<&crunch>(file);          // begins by itself, as a task does
///   auto other = process::start<&crunch>(other_file);
///   co_await one.join();                               // or: auto n = co_await one.join<int>();
///
/// Arguments and results cross by codec<T>, as in process_pool::submit; while it runs, processes
/// talk through the objects of tridem::mp. Its standard output is this process's, what it writes to
/// stderr comes line by line, its standard input is empty.
///
/// The object owns the process: when it goes, a process that still runs is told to stop
/// (cancel_requested, then SIGTERM, then SIGKILL, a second each), and the loop reaps it. However
/// this process ends, none is left.
///
/// Processes are forked by a small server, which they share with the remote objects of the loop. It
/// is started again when the environment, the working directory, the user or the limits of this
/// process are others than before, and ends some seconds after the last of them, or with the loop.
///
/// Threads: one loop's thread. Cost: a fork of the server; the first one starts the server.
class process {
 public:
  /// Starts a process that calls `Function(args...)`. Errors come out of `started` and `join`.
  template <auto Function, class... Args>
  [[nodiscard]] static process start(Args&&... args) {
    return start_with<Function>({}, std::forward<Args>(args)...);
  }

  /// Starts processes that have options: `process::with(options).start<&f>(args...)`. They are
  /// borrowed for that expression.
  class with_options {
   public:
    explicit with_options(const process_options& how) noexcept : how_(&how) {}
    template <auto Function, class... Args>
    [[nodiscard]] process start(Args&&... args) const {
      return start_with<Function>(*how_, std::forward<Args>(args)...);
    }

   private:
    const process_options* how_;
  };
  [[nodiscard]] static with_options with(const process_options& how) noexcept {
    return with_options(how);
  }

  process(process&&) noexcept = default;
  process& operator=(process&& other) noexcept {
    process old(std::move(other));
    std::swap(state_, old.state_);
    std::swap(running_, old.running_);
    return *this;
  }
  ~process();

  /// Waits until the process runs, and gives its pid.
  ///
  /// Errors:        pool_start_error and what else prevents a start.
  /// Cancellation:  at once; the process goes on.
  /// Threads:       resumes on the same loop.
  [[nodiscard]] task<int> started() const;

  /// Waits until the function has ended, and gives what it returned: name its type, R. Can be
  /// awaited again, for the same value.
  ///
  /// Errors:        what the function threw; worker_crashed; pool_start_error. None when the
  ///                process was ended by `terminate` or `kill`, unless there should be a value.
  /// Cancellation:  at once; the process goes on.
  /// Threads:       resumes on the same loop.
  template <class R = void>
  [[nodiscard]] task<R> join() const {
    return join_task<R>(state_, running_);
  }

  /// 0 before it runs. Stays when it has ended.
  [[nodiscard]] int pid() const noexcept { return state_->pid(); }
  [[nodiscard]] bool is_alive() const noexcept { return !state_->exit_code.has_value(); }
  /// As multiprocessing has it: empty while it runs; 0 when the function returned, 1 when it threw,
  /// -N when signal N ended the process, else what the process gave to exit.
  [[nodiscard]] std::optional<int> exit_code() const noexcept { return state_->exit_code; }

  /// Sends SIGTERM; SIGKILL. One that does not run yet never will. Does nothing after its end.
  void terminate() noexcept { end_by(SIGTERM); }
  void kill() noexcept { end_by(SIGKILL); }

 private:
  template <auto Function, class... Args>
  static process start_with(const process_options& how, Args&&... args) {
    using signature = detail::job_signature<decltype(Function)>;
    using given = typename detail::given_parameters<typename signature::parameters>::type;
    using kept = typename detail::kept_arguments<given, Args...>::type;
    using result = typename signature::result;
    auto state = std::make_shared<detail::process_result<result>>();
    auto running = detail::run_process<Function, result, kept>(
        detail::processes_with(how), state,
        detail::kept_maker<kept>::make(std::forward<Args>(args)...));
    return process(std::move(state), create_task(std::move(running), "process"));
  }

  process(std::shared_ptr<detail::process_state> state, task_handle<void> running) noexcept
      : state_(std::move(state)), running_(std::move(running)) {}
  void end_by(int signal) noexcept;
  static task<> join_task_void(std::shared_ptr<detail::process_state> state,
                               task_handle<void> running);

  template <class R>
  static task<R> join_task(std::shared_ptr<detail::process_state> state,
                           task_handle<void> running) {
    TRIDEM_ASSERT(std::is_void_v<R> || state->result_type == &detail::result_type_tag<R>,
                  "process::join<R>() was called with another R than the function returns");
    co_await join_task_void(state, running);
    if constexpr (!std::is_void_v<R>) {
      auto& with_value = static_cast<detail::process_result<R>&>(*state);
      if (!with_value.value)
        throw worker_crashed("a process", state->pid(), state->ended_by, -1, "");
      co_return *with_value.value;
    }
  }

  std::shared_ptr<detail::process_state> state_;
  task_handle<void> running_;
};

}  // namespace tridem
