// SPDX-License-Identifier: MIT
// Recognises a fork server or a worker, and refuses what only looks like one.
#include "pool/worker/takeover.hpp"

#include "pool/worker/fork_server.hpp"
#include "pool/worker/fork_server_protocol.hpp"
#include "pool/worker/own_program.hpp"

#include <tridem/pool/job.hpp>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

constinit std::atomic<bool> wrapped{false};

[[noreturn]] void refuse(const char* argument, const char* why) noexcept {
  std::fprintf(stderr,
               "tridem: %s is how a process pool starts its own processes; it is not for the "
               "command line (%s)\n",
               argument, why);
  ::_exit(2);
}

/// A socket by which the process that is our parent, run by the same user, talks to us.
void check_socket(const char* argument, int socket) noexcept {
  int type = 0;
  ::socklen_t size = sizeof(type);
  if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
    refuse(argument, "descriptor 3 is not the socket of a pool");
  }
  ::ucred peer{};
  size = sizeof(peer);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid()) {
    refuse(argument, "the socket belongs to another user");
  }
}

}  // namespace

void take_over_if_asked(int argc, char** argv) noexcept {
  freeze_job_table();
  note_own_arguments(argc);
  if (argc == 2 && std::strcmp(argv[1], fork_server_argument) == 0) {
    if (::getauxval(AT_SECURE) != 0) refuse(argv[1], "this program changes its privileges");
    check_socket(argv[1], server_socket_number);
    run_fork_server(descriptor(server_socket_number), descriptor(server_lifeline_number));
  }
  if (argc == 2 && std::strcmp(argv[1], single_worker_argument) == 0) {
    if (::getauxval(AT_SECURE) != 0) refuse(argv[1], "this program changes its privileges");
    check_socket(argv[1], single_worker_first_number + 1);
    int number = single_worker_first_number;
    worker_descriptors own;
    for (descriptor* each : in_order(own)) {
      ::fcntl(number, F_SETFD, FD_CLOEXEC);
      each->reset(number++);
    }
    run_worker(std::move(own), ::getppid());
  }
  wrapped.store(true, std::memory_order_release);
}

bool main_is_wrapped() noexcept {
  return wrapped.load(std::memory_order_acquire);
}

}  // namespace tridem::detail
