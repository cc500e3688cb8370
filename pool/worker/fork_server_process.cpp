// SPDX-License-Identifier: MIT
// Starting a fork server, and everything that can be wrong with it.
#include "pool/worker/fork_server_process.hpp"

#include "pool/worker/descriptor_passing.hpp"
#include "pool/worker/fork_server_protocol.hpp"
#include "pool/worker/lifeline.hpp"
#include "pool/worker/own_program.hpp"
#include "pool/worker/spawn_self.hpp"
#include "pool/worker/takeover.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/job.hpp>

#include <array>
#include <cerrno>
#include <csignal>
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

fork_server_process::fork_server_process(const fork_server_settings& how)
    : executable_(how.executable) {
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
  first_session_ = std::move(ours);
  lifeline_ = std::move(write_end);
}

descriptor fork_server_process::open_session() {
  auto [ours, theirs] = create_socket_pair();
  server_message request{};
  request.kind = server_message_kind::open_session;
  request.magic = protocol_magic;
  const int passed = theirs.get();
  const int error = send_with_descriptors(first_session_.get(), bytes_of(request),
                                          std::span(&passed, 1), patience::none);
  if (error != 0) {
    throw std::system_error(error, std::system_category(), "share a fork server");
  }
  return std::move(ours);
}

bool fork_server_process::has_hung_up() const noexcept {
  return pid_ == 0 || is_hung_up(first_session_.get(), std::chrono::milliseconds(0));
}

void fork_server_process::wake() const noexcept {
  if (pid_ != 0) ::kill(pid_, SIGCONT);
}

void fork_server_process::kill() const noexcept {
  if (pid_ != 0) ::kill(pid_, SIGKILL);
}

void fork_server_process::let_go() noexcept {
  lifeline_.reset();
  if (first_session_) ::shutdown(first_session_.get(), SHUT_WR);
}

void fork_server_process::end(std::chrono::milliseconds patience) noexcept {
  let_go();
  if (pid_ == 0) return;
  if (pidfd_) {
    ::pollfd look{pidfd_.get(), POLLIN, 0};
    if (::poll(&look, 1, static_cast<int>(patience.count())) == 0) kill();
  } else {
    kill();
  }
  reap();
}

void fork_server_process::reap() noexcept {
  // ECHILD is fine: a program that reaps everything by waitpid(-1) was quicker.
  int status = 0;
  pid_t ended;
  do {
    ended = ::waitpid(pid_, &status, 0);
  } while (ended < 0 && errno == EINTR);
  if (ended == pid_) status_ = status;
  pid_ = 0;
  pidfd_.reset();
  first_session_.reset();
}

bool is_hung_up(int socket, std::chrono::milliseconds patience) noexcept {
  ::pollfd look{socket, 0, 0};
  return ::poll(&look, 1, static_cast<int>(patience.count())) == 1 &&
         (look.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace tridem::detail
