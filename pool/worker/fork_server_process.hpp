// SPDX-License-Identifier: MIT
// A fork server as a process: started, woken, ended and reaped. What is said to it is a matter of
// fork_server_client.
#pragma once

#include <tridem/io/descriptor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tridem::detail {

/// What a fork server, and with it each of its workers, is started with.
struct fork_server_settings {
  std::string executable;                ///< Empty: this program.
  std::vector<std::string> environment;  ///< NAME=value, added.
  bool clean_environment = false;        ///< Pass no more of this process's than is harmless.

  [[nodiscard]] bool operator==(const fork_server_settings&) const = default;
};

/// The process, its lifeline, and the socket of its first session.
class fork_server_process {
 public:
  /// Starts the process; its hello comes later.
  ///
  /// Errors: pool_start_error, which says what to do: main is not wrapped, exec failed, ...
  explicit fork_server_process(const fork_server_settings& how);
  fork_server_process(const fork_server_process&) = delete;
  fork_server_process& operator=(const fork_server_process&) = delete;
  ~fork_server_process() { end(std::chrono::milliseconds(0)); }

  [[nodiscard]] const std::string& executable() const noexcept { return executable_; }
  /// 0 once it was reaped.
  [[nodiscard]] int pid() const noexcept { return pid_; }
  /// How it ended, as waitpid says; nothing before the end, or if somebody else has reaped it.
  [[nodiscard]] const std::optional<int>& status() const noexcept { return status_; }

  /// Hands over the first session, with whose end the server ends.
  [[nodiscard]] descriptor take_first_session() noexcept { return std::move(first_session_); }
  /// Opens another session, by the first one, which must not have been taken.
  ///
  /// Errors: std::system_error; EPIPE when the server is gone.
  [[nodiscard]] descriptor open_session();
  /// True once the server has closed the first session: it is dead, or about to be.
  [[nodiscard]] bool has_hung_up() const noexcept;

  /// Lets it run if it was stopped; kills it. Do nothing after the end.
  void wake() const noexcept;
  void kill() const noexcept;
  /// Closes the lifeline and the first session: the server ends all its descendants, then itself.
  void let_go() noexcept;
  /// Lets go, waits for the end, reaps. After `patience` the server is killed.
  void end(std::chrono::milliseconds patience) noexcept;

 private:
  void reap() noexcept;

  std::string executable_;
  descriptor first_session_;
  descriptor lifeline_;
  descriptor pidfd_;
  int pid_ = 0;
  std::optional<int> status_;
};

/// Whether the other side of a socket is closed.
[[nodiscard]] bool is_hung_up(int socket, std::chrono::milliseconds patience) noexcept;

}  // namespace tridem::detail
