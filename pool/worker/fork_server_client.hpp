// SPDX-License-Identifier: MIT
// The parent's view of its fork server: start it, ask for workers, hear how they end.
#pragma once

#include "pool/worker/fork_server_protocol.hpp"

#include <tridem/io/descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tridem::detail {

/// One fork server process. Nothing here waits for it, except `end`.
class fork_server_client {
 public:
  struct options {
    std::string executable;                ///< Empty: this program.
    std::vector<std::string> environment;  ///< NAME=value, added.
    bool clean_environment = false;        ///< Pass no more of this process's than is harmless.
    bool makes_groups = false;             ///< Workers make control groups.
  };

  /// Starts the server; its hello comes later.
  ///
  /// Errors: pool_start_error, which says what to do: main is not wrapped, exec failed, ...
  explicit fork_server_client(const options& how);
  fork_server_client(const fork_server_client&) = delete;
  fork_server_client& operator=(const fork_server_client&) = delete;
  ~fork_server_client() { end(std::chrono::milliseconds(0)); }

  /// Readable when there is a message, or the server is gone.
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  /// Readable when the server has ended.
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  [[nodiscard]] int pid() const noexcept { return pid_; }

  /// True once the server has closed its end: it is dead, or about to be.
  [[nodiscard]] bool has_hung_up() const noexcept;

  /// Asks for a worker. False when the server is gone or its socket is full.
  [[nodiscard]] bool request_worker(std::uint64_t worker, worker_descriptors& passed) noexcept;

  struct message {
    server_message content{};
    descriptor pidfd;  ///< Of a worker that was started.
  };
  /// The next message, if there is one. Errors: malformed_message.
  [[nodiscard]] std::optional<message> receive();
  /// True once `receive` has seen the end.
  [[nodiscard]] bool is_gone() const noexcept { return gone_; }

  /// Compares the tables of jobs. Errors: pool_start_error when they differ.
  void check_hello(const server_message& hello) const;

  /// Closes the lifeline and the socket: the server ends all its descendants, then itself.
  void let_go() noexcept;
  /// How it ended, as waitpid says; nothing before the end, or if somebody else has reaped it.
  [[nodiscard]] const std::optional<int>& status() const noexcept { return status_; }
  /// Lets go, waits for the end, reaps. After `patience` the server is killed.
  void end(std::chrono::milliseconds patience) noexcept;

 private:
  void reap() noexcept;

  descriptor socket_;
  descriptor lifeline_;
  descriptor pidfd_;
  int pid_ = 0;
  bool gone_ = false;
  std::optional<int> status_;
  std::string executable_;
  bool makes_groups_ = false;
};

}  // namespace tridem::detail
