// SPDX-License-Identifier: MIT
// One exhaustive switch over the closed list; step 4 of the path of an operation.
#include "io/uring/encode.hpp"

#include "io/uring/features.hpp"

#include <tridem/io/operations.hpp>

#include <algorithm>
#include <poll.h>
#include <sys/socket.h>

namespace tridem::uring {

namespace {

unsigned cut(std::size_t length) noexcept {
  return static_cast<unsigned>(std::min(length, max_transfer));
}

std::uint64_t place(std::int64_t offset) noexcept {
  return static_cast<std::uint64_t>(offset);
}

void fill_doorbell(io_uring_sqe& entry, wait_doorbell_operation& op, doorbell_way way) noexcept {
  if (way == doorbell_way::eventfd) {
    io_uring_prep_read(&entry, op.fd, &op.drained, sizeof op.drained, place(current_position));
    return;
  }
  constexpr int size_u32 =
      2;  // FUTEX2_SIZE_U32; without FUTEX2_PRIVATE, for other processes ring it.
  entry.opcode = futex_wait_opcode;
  entry.fd = size_u32;
  entry.addr = reinterpret_cast<std::uint64_t>(op.word);
  entry.addr2 = op.expected;
  entry.addr3 = 0xffffffff;  // FUTEX_BITSET_MATCH_ANY
}

// One way to fill an entry for each struct of the list.
void fill(io_uring_sqe& entry, const nop_operation&) noexcept {
  io_uring_prep_nop(&entry);
}

void fill(io_uring_sqe& entry, const accept_operation& o) noexcept {
  io_uring_prep_accept(&entry, o.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void fill(io_uring_sqe& entry, const connect_operation& o) noexcept {
  io_uring_prep_connect(&entry, o.fd, static_cast<const sockaddr*>(o.address), o.length);
}

void fill(io_uring_sqe& entry, const recv_operation& o) noexcept {
  io_uring_prep_recv(&entry, o.fd, o.into.data(), cut(o.into.size()), o.flags);
}

void fill(io_uring_sqe& entry, const receive_operation& o) noexcept {
  if (o.buffer) {
    // Not to be waited for with it: who waits holds no memory.
    io_uring_prep_recv(&entry, o.fd, o.buffer.memory(), o.room, MSG_DONTWAIT);
    return;
  }
  io_uring_prep_recv(&entry, o.fd, nullptr, 0, 0);
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.buf_group = receive_group;
}

void fill(io_uring_sqe& entry, const send_operation& o) noexcept {
  io_uring_prep_send(&entry, o.fd, o.from.data(), cut(o.from.size()), o.flags | MSG_NOSIGNAL);
}

void fill(io_uring_sqe& entry, const recvmsg_operation& o) noexcept {
  const auto flags = static_cast<unsigned>(o.flags | MSG_CMSG_CLOEXEC);
  io_uring_prep_recvmsg(&entry, o.fd, o.message, flags);
}

void fill(io_uring_sqe& entry, const sendmsg_operation& o) noexcept {
  const auto flags = static_cast<unsigned>(o.flags | MSG_NOSIGNAL);
  io_uring_prep_sendmsg(&entry, o.fd, o.message, flags);
}

void fill(io_uring_sqe& entry, const read_operation& o) noexcept {
  io_uring_prep_read(&entry, o.fd, o.into.data(), cut(o.into.size()), place(o.offset));
}

void fill(io_uring_sqe& entry, const write_operation& o) noexcept {
  io_uring_prep_write(&entry, o.fd, o.from.data(), cut(o.from.size()), place(o.offset));
}

void fill(io_uring_sqe& entry, const readv_operation& o) noexcept {
  io_uring_prep_readv(&entry, o.fd, o.into, o.count, place(o.offset));
}

void fill(io_uring_sqe& entry, const writev_operation& o) noexcept {
  io_uring_prep_writev(&entry, o.fd, o.from, o.count, place(o.offset));
}

void fill(io_uring_sqe& entry, const open_operation& o) noexcept {
  io_uring_prep_openat(&entry, o.fd, o.path, o.flags | O_CLOEXEC, o.mode);
}

void fill(io_uring_sqe& entry, const fsync_operation& o) noexcept {
  io_uring_prep_fsync(&entry, o.fd, o.data_only ? IORING_FSYNC_DATASYNC : 0);
}

void fill(io_uring_sqe& entry, const stat_operation& o) noexcept {
  io_uring_prep_statx(&entry, o.fd, o.path, o.flags, o.mask, o.into);
}

void fill(io_uring_sqe& entry, const poll_operation& o) noexcept {
  io_uring_prep_poll_add(&entry, o.fd, o.events);
}

void fill(io_uring_sqe& entry, const shutdown_operation& o) noexcept {
  io_uring_prep_shutdown(&entry, o.fd, o.how);
}

void fill(io_uring_sqe& entry, const unlink_operation& o) noexcept {
  io_uring_prep_unlinkat(&entry, o.fd, o.path, o.flags);
}

void fill(io_uring_sqe& entry, const rename_operation& o) noexcept {
  io_uring_prep_renameat(&entry, o.fd, o.path, o.target_fd, o.target, o.flags);
}

void fill(io_uring_sqe& entry, const mkdir_operation& o) noexcept {
  io_uring_prep_mkdirat(&entry, o.fd, o.path, o.mode);
}

void fill(io_uring_sqe& entry, const link_operation& o) noexcept {
  io_uring_prep_linkat(&entry, o.fd, o.path, o.target_fd, o.target, o.flags);
}

void fill(io_uring_sqe& entry, const allocate_operation& o) noexcept {
  io_uring_prep_fallocate(&entry, o.fd, o.mode, static_cast<off_t>(o.offset),
                          static_cast<off_t>(o.length));
}

// By hand: the helper came with liburing 2.6.
void fill(io_uring_sqe& entry, const truncate_operation& o) noexcept {
  entry.opcode = truncate_opcode;
  entry.fd = o.fd;
  entry.off = o.length;
}

void fill(io_uring_sqe& entry, const close_operation& o) noexcept {
  io_uring_prep_close(&entry, o.fd);
}

}  // namespace

void encode(io_uring_sqe& entry, operation& op, doorbell_way doorbell) noexcept {
  switch (op.kind) {
    case op_kind::nop:
      return fill(entry, static_cast<nop_operation&>(op));
    case op_kind::accept:
      return fill(entry, static_cast<accept_operation&>(op));
    case op_kind::connect:
      return fill(entry, static_cast<connect_operation&>(op));
    case op_kind::recv:
      return fill(entry, static_cast<recv_operation&>(op));
    case op_kind::receive:
      return fill(entry, static_cast<receive_operation&>(op));
    case op_kind::send:
      return fill(entry, static_cast<send_operation&>(op));
    case op_kind::recvmsg:
      return fill(entry, static_cast<recvmsg_operation&>(op));
    case op_kind::sendmsg:
      return fill(entry, static_cast<sendmsg_operation&>(op));
    case op_kind::read:
      return fill(entry, static_cast<read_operation&>(op));
    case op_kind::write:
      return fill(entry, static_cast<write_operation&>(op));
    case op_kind::readv:
      return fill(entry, static_cast<readv_operation&>(op));
    case op_kind::writev:
      return fill(entry, static_cast<writev_operation&>(op));
    case op_kind::open:
      return fill(entry, static_cast<open_operation&>(op));
    case op_kind::close:
      return fill(entry, static_cast<close_operation&>(op));
    case op_kind::fsync:
      return fill(entry, static_cast<fsync_operation&>(op));
    case op_kind::stat:
      return fill(entry, static_cast<stat_operation&>(op));
    case op_kind::poll:
      return fill(entry, static_cast<poll_operation&>(op));
    case op_kind::shutdown:
      return fill(entry, static_cast<shutdown_operation&>(op));
    case op_kind::unlink:
      return fill(entry, static_cast<unlink_operation&>(op));
    case op_kind::rename:
      return fill(entry, static_cast<rename_operation&>(op));
    case op_kind::mkdir:
      return fill(entry, static_cast<mkdir_operation&>(op));
    case op_kind::link:
      return fill(entry, static_cast<link_operation&>(op));
    case op_kind::allocate:
      return fill(entry, static_cast<allocate_operation&>(op));
    case op_kind::truncate:
      return fill(entry, static_cast<truncate_operation&>(op));
    case op_kind::read_directory:
      // The ring has no such request: the driver gives it to a thread.
      return io_uring_prep_nop(&entry);
    case op_kind::wait_doorbell:
      return fill_doorbell(entry, static_cast<wait_doorbell_operation&>(op), doorbell);
  }
}

void encode_readiness(io_uring_sqe& entry, const operation& op) noexcept {
  const auto& listed = static_cast<const detail::listed_operation&>(op);
  switch (op.kind) {
    case op_kind::connect:
    case op_kind::send:
    case op_kind::sendmsg:
    case op_kind::write:
    case op_kind::writev:
      io_uring_prep_poll_add(&entry, listed.fd, POLLOUT);
      return;
    default:
      io_uring_prep_poll_add(&entry, listed.fd, POLLIN);
  }
}

}  // namespace tridem::uring
