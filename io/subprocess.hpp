// SPDX-License-Identifier: MIT
// Other programs: started without a shell, their standard streams awaited, ended with their owner.
#pragma once

#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/exit_status.hpp>
#include <tridem/io/pipe.hpp>
#include <tridem/io/subprocess_options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace tridem {

/// All that a subprocess said, and how it ended.
struct communication {
  std::string output;        ///< Empty unless the option `output` was stdio::pipe.
  std::string error_output;  ///< Empty unless the option `error_output` was stdio::pipe.
  exit_status status;
};

/// A program that runs in a process of its own, and that ends with this object.
///
///     subprocess_options options{.input = stdio::pipe, .output = stdio::pipe};
///     subprocess sort = co_await subprocess::exec({"sort", "-n"}, options);
///     auto [sorted, errors, status] = co_await sort.communicate("10\n9\n");
///
/// It starts with no signal blocked or ignored, with the descriptors it was given and no others.
/// Its end is learnt from a pidfd: there is no handler for SIGCHLD, and one of yours does no harm.
///
/// The destructor of one that still runs kills it (SIGKILL) and reaps it, which takes about a
/// millisecond; the processes of its own group, if it leads one, are killed too. To end it gently,
/// await `close()`, or give it to `with(...)`.
///
/// Threads: the loop's thread only, and the thread lives as long as the process
/// (`die_with_parent`).
class subprocess {
 public:
  /// An object without a process.
  subprocess() = default;
  subprocess(subprocess&& other) noexcept;
  subprocess& operator=(subprocess&& other) noexcept;
  ~subprocess();

  /// Starts a program: `{"name", "argument", ...}`.
  ///
  /// Errors:        std::system_error that names the program and what could not be done: not found,
  ///                not executable, no such directory, too many processes, ...
  /// Cancellation:  before it starts; what was started is delivered.
  /// Cost:          one frame; blocks the loop until the kernel has loaded the program, about
  ///                0.5 ms from the page cache, whatever the size of this process.
  /// Source:        clone(2) with CLONE_VFORK and CLONE_PIDFD, Linux 5.4.
  [[nodiscard]] static task<subprocess> exec(command_line command);
  [[nodiscard]] static task<subprocess> exec(command_line command,
                                             const subprocess_options& options);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
  /// g++ 12 destroys temporary options twice: name them first.
  static task<subprocess> exec(command_line command, subprocess_options&& options) = delete;
#endif

  /// Its number; 0 for an object without a process. Once it has been waited for, the system may
  /// give the number to another.
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// The streams whose option was stdio::pipe; the others are closed ones.
  [[nodiscard]] pipe_writer& input() noexcept { return input_; }
  [[nodiscard]] pipe_reader& output() noexcept { return output_; }
  [[nodiscard]] pipe_reader& error_output() noexcept { return error_output_; }

  /// Waits until it has ended, however, and tells how. Any number of tasks may wait, and later
  /// calls get the same answer. Its output is not read by this: one that has more to say than a
  /// pipe holds never ends (see `communicate`).
  ///
  /// Errors:        bad_file_descriptor for an object without a process, or a closed one.
  /// Cancellation:  prompt; the process goes on.
  /// Cost:          one frame; one submission (a poll of the pidfd).
  /// Source:        pidfd_open(2), waitid(2), Linux 5.4.
  [[nodiscard]] task<exit_status> wait();
  /// How it ended; empty while it runs.
  [[nodiscard]] std::optional<exit_status> try_wait() noexcept;

  /// Writes `input` and the end of it, reads all of both outputs, waits for the end: all at once,
  /// so that neither side ever waits for the other. A process that does not read its input to the
  /// end is no error. Also waits for descendants of it that hold the outputs open.
  ///
  /// @param input   Borrowed until completion. Without a pipe there it must be empty.
  /// @param limit   The most bytes to take of each output, 0 to SIZE_MAX.
  /// Errors:        value_too_large beyond `limit`; invalid_argument; those of the streams. The
  ///                process goes on, with its pipes open, and what was read is lost.
  /// Cancellation:  prompt; likewise.
  [[nodiscard]] task<communication> communicate(std::string_view input = {},
                                                std::size_t limit = std::size_t{64} << 20);

  /// Sends a signal, to all of its group if it leads one. False when it has ended already.
  ///
  /// Errors: std::system_error (no such signal; not permitted, to a program that changed its user).
  bool send_signal(int signal);
  /// SIGTERM: asks it to end.
  bool terminate();
  /// SIGKILL: ends it. Wait for it all the same.
  bool kill();

  /// Ends it gently: closes its input, sends SIGTERM, waits for `grace` of the options, sends
  /// SIGKILL, waits again; then closes its outputs, when those who read them have heard what it
  /// said and the end of it. Returns at once when it has ended before.
  ///
  /// Errors, Cancellation: none.
  [[nodiscard]] task<> close();

 private:
  static task<subprocess> start(command_line command, subprocess_options options);
  task<bool> ends_within(std::chrono::milliseconds time);
  task<> end_gently();
  task<> end_of(pipe_reader& said);
  void signal_quietly(int signal) noexcept;
  void kill_and_reap() noexcept;

  pid_t pid_ = 0;
  detail::io_object process_;  // the pidfd
  std::optional<exit_status> status_;
  pipe_writer input_;
  pipe_reader output_;
  pipe_reader error_output_;
  std::string program_;
  std::chrono::milliseconds grace_{};
  bool leads_group_ = false;
};

}  // namespace tridem
