// SPDX-License-Identifier: MIT
// The parent's view of a fork server: ask it for workers, hear how they end.
#pragma once

#include "pool/worker/fork_server_process.hpp"
#include "pool/worker/fork_server_protocol.hpp"

#include <tridem/io/descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace tridem::detail {

/// One session with a fork server: alone with a server of its own, or beside others. Nothing here
/// waits for the server, except `end`.
class fork_server_client {
 public:
  /// Starts a server of its own, which ends with the session.
  ///
  /// Errors: pool_start_error, which says what to do: main is not wrapped, exec failed, ...
  explicit fork_server_client(const fork_server_settings& how);
  /// Opens a session with a server that others use too. Errors: std::system_error.
  explicit fork_server_client(std::shared_ptr<fork_server_process> shared);
  fork_server_client(const fork_server_client&) = delete;
  fork_server_client& operator=(const fork_server_client&) = delete;
  ~fork_server_client() { end(std::chrono::milliseconds(0)); }

  /// Readable when there is a message, or the session is over.
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  [[nodiscard]] int pid() const noexcept { return server_ ? server_->pid() : 0; }

  /// True once the server has closed its end: it is dead, or about to be.
  [[nodiscard]] bool has_hung_up() const noexcept;

  /// Asks for a worker. False when the server is gone or its socket is full.
  [[nodiscard]] bool request_worker(std::uint64_t worker, worker_descriptors& passed,
                                    bool makes_groups = false) noexcept;

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

  /// Ends the session: the server ends all workers of it with their descendants, and itself if it
  /// serves nobody else.
  void let_go() noexcept;
  /// How the server ended, if it has.
  [[nodiscard]] const std::optional<int>& status() const noexcept { return status_; }
  /// Lets go and waits until everything has ended. After `patience` the server is killed.
  void end(std::chrono::milliseconds patience) noexcept;
  /// Kills the server, which does not answer.
  void kill_server() const noexcept {
    if (server_) server_->kill();
  }

 private:
  std::shared_ptr<fork_server_process> server_;
  descriptor socket_;
  bool is_shared_ = false;
  bool is_let_go_ = false;
  bool gone_ = false;
  std::optional<int> status_;
};

}  // namespace tridem::detail
