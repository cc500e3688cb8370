// SPDX-License-Identifier: MIT
// The exhaustive switch of the Asio driver, and one small function for each family of operations.
#include "io/asio/perform.hpp"

#include "io/asio/transfer.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

next_step finish(operation& op, std::int64_t answer) noexcept {
  op.result = static_cast<std::int32_t>(answer < 0 ? -errno : answer);
  return next_step::done;
}

/// Makes a call again that was only interrupted; EAGAIN is a wait.
template <class Call>
next_step try_socket(operation& op, Call call) noexcept {
  std::int64_t answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  if (answer < 0 && errno == EAGAIN) return next_step::wait;
  return finish(op, answer);
}

/// accept(2) and connect(2) have no flag for "do not block", only the descriptor's own mode.
void leave_blocking_mode(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

next_step accept(accept_operation& op) noexcept {
  leave_blocking_mode(op.fd);
  return try_socket(
      op, [&] { return ::accept4(op.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
}

next_step connect(connect_operation& op) noexcept {
  leave_blocking_mode(op.fd);
  const int answer = ::connect(op.fd, static_cast<const sockaddr*>(op.address), op.length);
  if ((op.driver_tag & begun) != 0) {
    // The second call only asks for the outcome of the first, and lets the socket know of it.
    if (answer < 0 && errno == EALREADY) return next_step::wait;
    return finish(op, answer < 0 && errno == EISCONN ? 0 : answer);
  }
  if (answer < 0 && (errno == EINPROGRESS || errno == EINTR)) {
    op.driver_tag |= begun;
    return next_step::wait;
  }
  return finish(op, answer);
}

next_step recv(recv_operation& op) noexcept {
  return try_socket(op, [&] {
    return ::recv(op.fd, op.into.data(), std::min(op.into.size(), max_transfer),
                  op.flags | MSG_DONTWAIT);
  });
}

next_step receive(receive_operation& op, lender& buffers) noexcept {
  if (!buffers.lend(op)) {
    op.result = -ENOMEM;
    return next_step::done;
  }
  const next_step step =
      try_socket(op, [&] { return ::recv(op.fd, op.buffer.memory(), op.room, MSG_DONTWAIT); });
  // Who waits holds no memory.
  if (step != next_step::done || op.result <= 0) op.buffer = {};
  return step;
}

next_step send(send_operation& op) noexcept {
  return try_socket(op, [&] {
    return ::send(op.fd, op.from.data(), std::min(op.from.size(), max_transfer),
                  op.flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  });
}

next_step recvmsg(recvmsg_operation& op) noexcept {
  return try_socket(
      op, [&] { return ::recvmsg(op.fd, op.message, op.flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
}

next_step sendmsg(sendmsg_operation& op) noexcept {
  return try_socket(
      op, [&] { return ::sendmsg(op.fd, op.message, op.flags | MSG_DONTWAIT | MSG_NOSIGNAL); });
}

next_step close(close_operation& op) noexcept {
  // Only a regular file that was written to has something to flush, on some file systems.
  const int flags = ::fcntl(op.fd, F_GETFL);
  if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && is_file(op.fd)) return next_step::offload;
  perform_blocking(op);
  return next_step::done;
}

next_step stat(stat_operation& op) noexcept {
  // What an open descriptor refers to is in memory; a path may have to be looked up on a disk.
  if ((op.flags & AT_EMPTY_PATH) == 0 || op.path[0] != '\0') return next_step::offload;
  perform_blocking(op);
  return next_step::done;
}

next_step poll(poll_operation& op) noexcept {
  pollfd state{op.fd, static_cast<short>(op.events), 0};
  int count = ::poll(&state, 1, 0);
  while (count < 0 && errno == EINTR) count = ::poll(&state, 1, 0);
  if (count < 0) return finish(op, -1);
  if ((state.revents & POLLNVAL) != 0) {
    op.result = -EBADF;
    return next_step::done;
  }
  if (count > 0) {
    op.result = static_cast<unsigned short>(state.revents);
    return next_step::done;
  }
  return next_step::wait;
}

next_step wait_doorbell(wait_doorbell_operation& op) noexcept {
  if (op.word->load(std::memory_order_seq_cst) != op.expected) {
    op.result = 0;
    return next_step::done;
  }
  const iovec counter{&op.drained, sizeof op.drained};
  const next_step step = read_now(op, op.fd, &counter, 1, current_position);
  if (step == next_step::done && op.result > 0) op.result = 0;
  return step;
}

}  // namespace

next_step attempt(operation& op, sigpipe_guard& quiet, lender& buffers) noexcept {
  switch (op.kind) {
    case op_kind::nop:
      return finish(op, 0);
    case op_kind::accept:
      return accept(static_cast<accept_operation&>(op));
    case op_kind::connect:
      return connect(static_cast<connect_operation&>(op));
    case op_kind::recv:
      return recv(static_cast<recv_operation&>(op));
    case op_kind::receive:
      return receive(static_cast<receive_operation&>(op), buffers);
    case op_kind::send:
      return send(static_cast<send_operation&>(op));
    case op_kind::recvmsg:
      return recvmsg(static_cast<recvmsg_operation&>(op));
    case op_kind::sendmsg:
      return sendmsg(static_cast<sendmsg_operation&>(op));
    case op_kind::read:
      return read_now(static_cast<read_operation&>(op));
    case op_kind::write:
      return write_now(static_cast<write_operation&>(op), quiet);
    case op_kind::readv:
      return read_now(static_cast<readv_operation&>(op));
    case op_kind::writev:
      return write_now(static_cast<writev_operation&>(op), quiet);
    case op_kind::close:
      return close(static_cast<close_operation&>(op));
    case op_kind::stat:
      return stat(static_cast<stat_operation&>(op));
    case op_kind::poll:
      return poll(static_cast<poll_operation&>(op));
    case op_kind::wait_doorbell:
      return wait_doorbell(static_cast<wait_doorbell_operation&>(op));
    case op_kind::shutdown:
      perform_blocking(op);
      return next_step::done;
    case op_kind::open:
    case op_kind::fsync:
    case op_kind::unlink:
    case op_kind::rename:
    case op_kind::mkdir:
    case op_kind::link:
    case op_kind::allocate:
    case op_kind::truncate:
    case op_kind::read_directory:
      return next_step::offload;
  }
  __builtin_unreachable();
}

bool collects(op_kind kind) noexcept {
  switch (kind) {
    case op_kind::accept:
    case op_kind::connect:
    case op_kind::recv:
    case op_kind::receive:
    case op_kind::recvmsg:
    case op_kind::read:
    case op_kind::readv:
    case op_kind::poll:
    case op_kind::wait_doorbell:
      return true;
    case op_kind::nop:
    case op_kind::send:
    case op_kind::sendmsg:
    case op_kind::write:
    case op_kind::writev:
    case op_kind::open:
    case op_kind::close:
    case op_kind::fsync:
    case op_kind::stat:
    case op_kind::shutdown:
    case op_kind::unlink:
    case op_kind::rename:
    case op_kind::mkdir:
    case op_kind::link:
    case op_kind::allocate:
    case op_kind::truncate:
    case op_kind::read_directory:
      return false;
  }
  __builtin_unreachable();
}

}  // namespace tridem::detail
