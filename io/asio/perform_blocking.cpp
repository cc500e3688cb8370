// SPDX-License-Identifier: MIT
// The other exhaustive switch: operations that may block, done by a thread that may wait.
#include "io/asio/perform.hpp"
#include "io/asio/transfer.hpp"
#include "io/posix/file_calls.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

template <class Call>
void finish(operation& op, Call call) noexcept {
  std::int64_t answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  op.result = static_cast<std::int32_t>(answer < 0 ? -errno : answer);
}

void close(close_operation& op) noexcept {
  // Linux frees the number whatever close reports; calling it again could close another's.
  op.result = ::close(op.fd) < 0 && errno != EINTR ? -errno : 0;
}

void read(read_operation& op) noexcept {
  const iovec part = part_of(op);
  finish(op, [&] { return read_blocking(op.fd, &part, 1, op.offset); });
}

void write(write_operation& op) noexcept {
  const iovec part = part_of(op);
  finish(op, [&] { return write_blocking(op.fd, &part, 1, op.offset); });
}

void readv(readv_operation& op) noexcept {
  finish(op, [&] { return read_blocking(op.fd, op.into, static_cast<int>(op.count), op.offset); });
}

void writev(writev_operation& op) noexcept {
  finish(op, [&] { return write_blocking(op.fd, op.from, static_cast<int>(op.count), op.offset); });
}

void open(open_operation& op) noexcept {
  finish(op, [&] { return ::openat(op.fd, op.path, op.flags | O_CLOEXEC, op.mode); });
}

void fsync(fsync_operation& op) noexcept {
  finish(op, [&] { return op.data_only ? ::fdatasync(op.fd) : ::fsync(op.fd); });
}

void stat(stat_operation& op) noexcept {
  finish(op, [&] { return ::statx(op.fd, op.path, op.flags, op.mask, op.into); });
}

void shutdown(shutdown_operation& op) noexcept {
  finish(op, [&] { return ::shutdown(op.fd, op.how); });
}

void unlink(unlink_operation& op) noexcept {
  finish(op, [&] { return ::unlinkat(op.fd, op.path, op.flags); });
}

void rename(rename_operation& op) noexcept {
  finish(op, [&] { return ::renameat2(op.fd, op.path, op.target_fd, op.target, op.flags); });
}

void mkdir(mkdir_operation& op) noexcept {
  finish(op, [&] { return ::mkdirat(op.fd, op.path, op.mode); });
}

void link(link_operation& op) noexcept {
  finish(op, [&] { return ::linkat(op.fd, op.path, op.target_fd, op.target, op.flags); });
}

void allocate(allocate_operation& op) noexcept {
  finish(op, [&] {
    return ::fallocate(op.fd, op.mode, static_cast<off_t>(op.offset),
                       static_cast<off_t>(op.length));
  });
}

}  // namespace

void perform_blocking(operation& op) noexcept {
  switch (op.kind) {
    case op_kind::read:
      return read(static_cast<read_operation&>(op));
    case op_kind::write:
      return write(static_cast<write_operation&>(op));
    case op_kind::readv:
      return readv(static_cast<readv_operation&>(op));
    case op_kind::writev:
      return writev(static_cast<writev_operation&>(op));
    case op_kind::open:
      return open(static_cast<open_operation&>(op));
    case op_kind::close:
      return close(static_cast<close_operation&>(op));
    case op_kind::fsync:
      return fsync(static_cast<fsync_operation&>(op));
    case op_kind::stat:
      return stat(static_cast<stat_operation&>(op));
    case op_kind::shutdown:
      return shutdown(static_cast<shutdown_operation&>(op));
    case op_kind::unlink:
      return unlink(static_cast<unlink_operation&>(op));
    case op_kind::rename:
      return rename(static_cast<rename_operation&>(op));
    case op_kind::mkdir:
      return mkdir(static_cast<mkdir_operation&>(op));
    case op_kind::link:
      return link(static_cast<link_operation&>(op));
    case op_kind::allocate:
      return allocate(static_cast<allocate_operation&>(op));
    case op_kind::truncate:
      return perform_truncate(static_cast<truncate_operation&>(op));
    case op_kind::read_directory:
      return perform_read_directory(static_cast<read_directory_operation&>(op));
    case op_kind::nop:
    case op_kind::accept:
    case op_kind::connect:
    case op_kind::recv:
    case op_kind::receive:
    case op_kind::send:
    case op_kind::recvmsg:
    case op_kind::sendmsg:
    case op_kind::poll:
    case op_kind::wait_doorbell:
      // They wait in the reactor; this kind of descriptor cannot be waited for.
      op.result = -EOPNOTSUPP;
      return;
  }
  __builtin_unreachable();
}

}  // namespace tridem::detail
