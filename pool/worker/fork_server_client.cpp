// SPDX-License-Identifier: MIT
// What is said to a fork server in a session, and how a session ends.
#include "pool/worker/fork_server_client.hpp"

#include "pool/worker/descriptor_passing.hpp"
#include "pool/worker/fork_server.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/message_reader.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace tridem::detail {

fork_server_client::fork_server_client(const fork_server_settings& how)
    : server_(std::make_shared<fork_server_process>(how)), socket_(server_->take_first_session()) {}

fork_server_client::fork_server_client(std::shared_ptr<fork_server_process> shared)
    : server_(std::move(shared)), socket_(server_->open_session()), is_shared_(true) {}

bool fork_server_client::has_hung_up() const noexcept {
  return is_hung_up(socket_.get(), std::chrono::milliseconds(0));
}

bool fork_server_client::request_worker(std::uint64_t worker, worker_descriptors& passed,
                                        bool makes_groups) noexcept {
  server_message request{};
  request.kind = server_message_kind::start_worker;
  request.magic = protocol_magic;
  request.worker = worker;
  request.groups = makes_groups ? 1 : 0;
  std::array<int, worker_descriptors::count> numbers{};
  std::size_t used = 0;
  for (const descriptor* each : in_order(passed)) numbers[used++] = each->get();
  return send_with_descriptors(socket_.get(), bytes_of(request), numbers, patience::none) == 0;
}

std::optional<fork_server_client::message> fork_server_client::receive() {
  message next;
  auto received =
      receive_with_descriptors(socket_.get(), writable_bytes_of(next.content), patience::none);
  if (received.error == EAGAIN) return std::nullopt;
  if (received.end || received.error == ECONNRESET) {
    gone_ = true;
    return std::nullopt;
  }
  if (received.size != sizeof(server_message) || next.content.magic != protocol_magic) {
    throw malformed_message("malformed message: the fork server speaks another protocol");
  }
  if (!received.descriptors.empty()) next.pidfd = std::move(received.descriptors.front());
  return next;
}

void fork_server_client::check_hello(const server_message& hello) const {
  const job_table_identity own = identify_job_table();
  job_table_identity other;
  other.count = hello.job_count;
  other.digest = hello.job_digest;
  other.build_id.assign(hello.build_id, ::strnlen(hello.build_id, sizeof(hello.build_id)));
  if (own == other) return;
  const std::string executable = server_ ? server_->executable() : std::string();
  throw pool_start_error(
      "start worker processes: " +
      (executable.empty() ? std::string("the program on disk") : executable) +
      " is another build than this process: it knows " + std::to_string(other.count) +
      " functions (build id " + other.build_id + "), this process " + std::to_string(own.count) +
      " (build id " + own.build_id +
      "). A shared library may have been replaced, or loaded by only one of them; restart the "
      "program");
}

void fork_server_client::let_go() noexcept {
  if (!server_) return;
  is_let_go_ = true;
  if (is_shared_) {
    // It may have been stopped, and has to end our workers.
    server_->wake();
  } else {
    server_->let_go();
  }
  // Half of the socket stays: its end tells when the server has ended everything below it.
  ::shutdown(socket_.get(), SHUT_WR);
}

void fork_server_client::end(std::chrono::milliseconds patience) noexcept {
  if (!server_) return;
  const bool has_died = gone_ && !is_let_go_;
  let_go();
  if (!is_shared_ || has_died) {
    server_->end(patience);
  } else if (patience.count() > 0 && !is_hung_up(socket_.get(), patience)) {
    // It does not answer, so it is of no use to the others either.
    server_->kill();
  }
  status_ = server_->status();
  server_.reset();
  socket_.reset();
}

}  // namespace tridem::detail
