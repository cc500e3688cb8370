// SPDX-License-Identifier: MIT
// Starting a fork server, and everything that can be wrong with it.
#include "pool/worker/fork_server_client.hpp"

#include "pool/worker/descriptor_passing.hpp"
#include "pool/worker/fork_server.hpp"
#include "pool/worker/lifeline.hpp"
#include "pool/worker/own_program.hpp"
#include "pool/worker/spawn_self.hpp"
#include "pool/worker/takeover.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/message_reader.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

void check_that_processes_may_start(const std::string& executable) {
  if (!main_is_wrapped()) {
    if (was_started_with(fork_server_argument) || was_started_with(single_worker_argument)) {
      // Else it would start itself, and that once more, without an end.
      throw pool_start_error(
          "start worker processes: this process was itself started to be one, by the option "
          "worker_executable, but its main is not wrapped: link that program with the CMake target "
          "tridem::tridem");
    }
    if (executable.empty()) {
      throw pool_start_error(
          "start worker processes: this program's main is not wrapped, or has not begun. Worker "
          "processes are started from this same program and must not run its main. Link the "
          "executable with the CMake target tridem::tridem (or with -Wl,--wrap=main,-u,main and "
          "libtridem_main.a), and use process pools from main on, not in static initialisers. In "
          "a library that another program loads, name a program that is linked so and with that "
          "library by the option worker_executable");
    }
    // What is loaded from now on is not in that program.
    freeze_job_table();
  }
  if (::getauxval(AT_SECURE) != 0) {
    throw pool_start_error(
        "start worker processes: this program runs with more privileges than its user (setuid, "
        "setgid or file capabilities); start the pool in a program that does not");
  }
}

std::pair<descriptor, descriptor> create_lifeline() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::system_category(), "create a lifeline");
  }
  return {descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace

fork_server_client::fork_server_client(const options& how)
    : executable_(how.executable), makes_groups_(how.makes_groups) {
  check_that_processes_may_start(how.executable);
  auto [ours, theirs] = create_socket_pair();
  auto [read_end, write_end] = create_lifeline();
  const std::array<int, 2> passed{theirs.get(), read_end.get()};
  spawn_request request;
  request.argument = fork_server_argument;
  request.descriptors = passed;
  request.executable = how.executable;
  request.environment = how.environment;
  request.clean_environment = how.clean_environment;
  const spawn_result started = spawn_self(request);
  if (started.error == EAGAIN || started.error == ENOMEM || started.error == EMFILE) {
    throw std::system_error(started.error, std::system_category(), "start worker processes");
  }
  if (started.error != 0) {
    throw pool_start_error("start worker processes: cannot execute '" + started.file +
                           "': " + std::system_category().message(started.error) +
                           "; the option worker_executable names another path to this program");
  }
  pid_ = started.pid;
  pidfd_ = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  // Static initialisers of the server may hang; until it takes over, our death kills it.
  (void)arm_lifeline(read_end.get(), SIGKILL, pid_);
  socket_ = std::move(ours);
  lifeline_ = std::move(write_end);
}

bool fork_server_client::has_hung_up() const noexcept {
  ::pollfd look{socket_.get(), 0, 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & (POLLHUP | POLLERR)) != 0;
}

bool fork_server_client::request_worker(std::uint64_t worker, worker_descriptors& passed) noexcept {
  server_message request{};
  request.kind = server_message_kind::start_worker;
  request.magic = protocol_magic;
  request.worker = worker;
  request.groups = makes_groups_ ? 1 : 0;
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
  throw pool_start_error(
      "start worker processes: " +
      (executable_.empty() ? std::string("the program on disk") : executable_) +
      " is another build than this process: it knows " + std::to_string(other.count) +
      " functions (build id " + other.build_id + "), this process " + std::to_string(own.count) +
      " (build id " + own.build_id +
      "). A shared library may have been replaced, or loaded by only one of them; restart the "
      "program");
}

void fork_server_client::let_go() noexcept {
  lifeline_.reset();
  // Half of the socket stays: its end tells when the server has ended everything below it.
  if (socket_) ::shutdown(socket_.get(), SHUT_WR);
}

void fork_server_client::end(std::chrono::milliseconds patience) noexcept {
  let_go();
  if (pid_ == 0) return;
  if (pidfd_) {
    ::pollfd look{pidfd_.get(), POLLIN, 0};
    if (::poll(&look, 1, static_cast<int>(patience.count())) == 0) ::kill(pid_, SIGKILL);
  } else {
    ::kill(pid_, SIGKILL);
  }
  reap();
}

void fork_server_client::reap() noexcept {
  // ECHILD is fine: a program that reaps everything by waitpid(-1) was quicker.
  int status = 0;
  pid_t ended;
  do {
    ended = ::waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  if (ended == pid_) status_ = status;
  pid_ = 0;
  pidfd_.reset();
  socket_.reset();
}

}  // namespace tridem::detail
