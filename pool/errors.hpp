// SPDX-License-Identifier: MIT
// What a call into a worker process, or into any pool, can fail with.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tridem {

/// The worker process ended while it ran the call: by a signal, or by leaving.
///
/// Calls the worker had not started are not affected; they run elsewhere.
class worker_crashed : public std::runtime_error {
 public:
  /// @param pid          Of the worker; 0 if it never started.
  /// @param signal       That ended it, or 0.
  /// @param exit_code    If no signal did; -1 if the status could not be learnt.
  /// @param last_stderr  The last lines it wrote to stderr, at most 4 KiB.
  /// @param out_of_memory  The kernel says that it has killed for lack of memory.
  worker_crashed(std::string_view call, int pid, int signal, int exit_code, std::string last_stderr,
                 bool out_of_memory = false);

  [[nodiscard]] int pid() const noexcept { return pid_; }
  [[nodiscard]] int signal() const noexcept { return signal_; }
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }
  [[nodiscard]] const std::string& last_stderr() const noexcept { return last_stderr_; }
  /// True if the memory cgroup of the workers says that the kernel has killed a process of it for
  /// lack of memory. Without such a group, or when it cannot be read, false is not proof.
  [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }

 private:
  int pid_;
  int signal_;
  int exit_code_;
  bool out_of_memory_;
  std::string last_stderr_;
};

/// An idempotent call was tried again as often as it may, and its worker died each time.
class poison_task : public worker_crashed {
 public:
  /// @param history  One line for each death.
  poison_task(std::string_view call, const worker_crashed& last, unsigned deaths,
              std::string history);

  /// How many workers the call was tried on, all dead now.
  [[nodiscard]] unsigned deaths() const noexcept { return deaths_; }
  [[nodiscard]] const std::string& history() const noexcept { return history_; }

 private:
  unsigned deaths_;
  std::string history_;
};

/// The call did not end within its deadline, and its worker was stopped.
class worker_timeout : public std::runtime_error {
 public:
  worker_timeout(std::string_view call, int pid, double seconds);

  [[nodiscard]] int pid() const noexcept { return pid_; }

 private:
  int pid_;
};

/// The call threw an exception of a type that does not cross processes by itself.
class remote_error : public std::runtime_error {
 public:
  remote_error(std::string type, std::string message, int pid);

  /// The name of the exception's type, as the compiler prints it.
  [[nodiscard]] const std::string& type() const noexcept { return type_; }
  /// What its what() said; empty if it had none.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  /// The process that threw it.
  [[nodiscard]] int pid() const noexcept { return pid_; }

 private:
  std::string type_;
  std::string message_;
  int pid_;
};

/// The arguments or the result have more bytes than the pool allows; nothing was sent.
class message_too_large : public std::length_error {
 public:
  message_too_large(std::string_view call, std::size_t size, std::size_t limit);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

 private:
  std::size_t size_;
  std::size_t limit_;
};

/// The pool was shut down, or cannot start any worker: it takes no calls any more.
class pool_closed : public std::runtime_error {
 public:
  explicit pool_closed(const std::string& why) : std::runtime_error(why) {}
};

/// As many calls as may wait for a worker do so, and the caller does not want to wait behind them:
/// `try_submit`. Nothing was sent.
class pool_saturated : public std::runtime_error {
 public:
  explicit pool_saturated(const std::string& why) : std::runtime_error(why) {}
};

/// The worker processes cannot be started; the text says why and what to do.
class pool_start_error : public std::runtime_error {
 public:
  explicit pool_start_error(const std::string& why) : std::runtime_error(why) {}
};

}  // namespace tridem
