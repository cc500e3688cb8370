// SPDX-License-Identifier: MIT
// THE CLOSED LIST: every request that a driver can be given, each a plain struct of its parameters.
//
// Each driver holds one exhaustive switch over op_kind, without default, so that an addition here
// breaks the build until every driver answers it. Pointers and buffers are borrowed until
// completion. Results follow the kernel: >= 0 a value, < 0 a negated errno. What every driver owes:
//   - EAGAIN never comes out, nor EINTR uncancelled: the driver waits for readiness and tries
//     again, for blocking and for O_NONBLOCK descriptors alike. One exception: a connect to a unix
//     socket whose backlog is full ends with EAGAIN, because no event tells that there is room.
//   - SIGPIPE is never raised, neither by send and sendmsg nor by write and writev: EPIPE says it.
//   - New descriptors are close-on-exec, accepted sockets non-blocking too.
//   - Lengths are cut at `max_transfer`; short transfers are possible everywhere.
//   - After a cancel, a result that was already there is delivered; else -ECANCELED.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/detail/listed_operation.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

// Of the system's headers only these names are needed, and only by pointer.
struct iovec;
struct msghdr;
struct statx;

namespace tridem {

enum class op_kind : std::uint8_t {
  nop,
  accept,
  connect,
  recv,
  send,
  recvmsg,
  sendmsg,
  read,
  write,
  readv,
  writev,
  open,
  close,
  fsync,
  stat,
  poll,
  shutdown,
  unlink,
  rename,
  mkdir,
  wait_doorbell,
};

/// The name of a kind ("recv"), for messages. A string with static lifetime.
[[nodiscard]] const char* name_of(op_kind kind) noexcept;

/// The most bytes that one transfer moves; Linux cuts longer requests here too.
inline constexpr std::size_t max_transfer = 0x7ffff000;

/// "At the descriptor's own position": the only offset that pipes, sockets and eventfds know.
inline constexpr std::int64_t current_position = -1;

/// Does nothing, through the driver: a round trip to the system.
struct nop_operation : detail::done_operation {
  nop_operation() noexcept : done_operation(op_kind::nop, -1) {}
};

/// accept4(2): a connection of the listening socket.
struct accept_operation : detail::descriptor_operation {
  explicit accept_operation(int socket) noexcept : descriptor_operation(op_kind::accept, socket) {}
};

/// connect(2), awaited until the connection stands or has failed.
struct connect_operation : detail::done_operation {
  connect_operation(int socket, const void* sockaddr, std::uint32_t sockaddr_size) noexcept
      : done_operation(op_kind::connect, socket), address(sockaddr), length(sockaddr_size) {}
  const void* address;   // a struct sockaddr
  std::uint32_t length;  // bytes
};

/// recv(2) with MSG_* flags; 0 bytes is the end of the stream.
struct recv_operation : detail::count_operation {
  recv_operation(int socket, mutable_buffer buffer, int message_flags = 0) noexcept
      : number_operation(op_kind::recv, socket), flags(message_flags), into(buffer) {}
  int flags;
  mutable_buffer into;
};

/// send(2) with MSG_* flags.
struct send_operation : detail::count_operation {
  send_operation(int socket, const_buffer buffer, int message_flags = 0) noexcept
      : number_operation(op_kind::send, socket), flags(message_flags), from(buffer) {}
  int flags;
  const_buffer from;
};

/// recvmsg(2): scattered, with addresses and control data. Received descriptors are close-on-exec.
struct recvmsg_operation : detail::count_operation {
  recvmsg_operation(int socket, ::msghdr* header, int message_flags = 0) noexcept
      : number_operation(op_kind::recvmsg, socket), flags(message_flags), message(header) {}
  int flags;
  ::msghdr* message;
};

/// sendmsg(2): gathered, with addresses and control data.
struct sendmsg_operation : detail::count_operation {
  sendmsg_operation(int socket, const ::msghdr* header, int message_flags = 0) noexcept
      : number_operation(op_kind::sendmsg, socket), flags(message_flags), message(header) {}
  int flags;
  const ::msghdr* message;
};

/// pread(2), or read(2) with `current_position`; `offset` in bytes.
struct read_operation : detail::count_operation {
  read_operation(int file, mutable_buffer buffer, std::int64_t at = current_position) noexcept
      : number_operation(op_kind::read, file), into(buffer), offset(at) {}
  mutable_buffer into;
  std::int64_t offset;
};

/// pwrite(2), or write(2) with `current_position`; `offset` in bytes.
struct write_operation : detail::count_operation {
  write_operation(int file, const_buffer buffer, std::int64_t at = current_position) noexcept
      : number_operation(op_kind::write, file), from(buffer), offset(at) {}
  const_buffer from;
  std::int64_t offset;
};

/// preadv(2), or readv(2) with `current_position`; 1 to 1024 parts.
struct readv_operation : detail::count_operation {
  readv_operation(int file, const ::iovec* parts, std::uint32_t part_count,
                  std::int64_t at = current_position) noexcept
      : number_operation(op_kind::readv, file), count(part_count), into(parts), offset(at) {}
  std::uint32_t count;
  const ::iovec* into;
  std::int64_t offset;
};

/// pwritev(2), or writev(2) with `current_position`; 1 to 1024 parts.
struct writev_operation : detail::count_operation {
  writev_operation(int file, const ::iovec* parts, std::uint32_t part_count,
                   std::int64_t at = current_position) noexcept
      : number_operation(op_kind::writev, file), count(part_count), from(parts), offset(at) {}
  std::uint32_t count;
  const ::iovec* from;
  std::int64_t offset;
};

/// openat(2); `fd` is the directory (AT_FDCWD is -100). O_CLOEXEC is always added.
struct open_operation : detail::descriptor_operation {
  open_operation(int directory, const char* name, int open_flags, unsigned open_mode = 0) noexcept
      : descriptor_operation(op_kind::open, directory),
        path(name),
        flags(open_flags),
        mode(open_mode) {}
  const char* path;
  int flags;
  unsigned mode;
};

/// close(2). The number is free again as soon as this has been submitted, whatever the result;
/// never cancelled.
struct close_operation : detail::done_operation {
  explicit close_operation(int file) noexcept : done_operation(op_kind::close, file) {}
};

/// fsync(2), or fdatasync(2) with `data_only`.
struct fsync_operation : detail::done_operation {
  explicit fsync_operation(int file, bool without_metadata = false) noexcept
      : done_operation(op_kind::fsync, file), data_only(without_metadata) {}
  bool data_only;
};

/// statx(2) with AT_* flags and STATX_* mask; AT_EMPTY_PATH and "" ask about `fd` itself.
struct stat_operation : detail::done_operation {
  stat_operation(int directory, const char* name, int at_flags, unsigned what,
                 struct ::statx* answer) noexcept
      : done_operation(op_kind::stat, directory),
        path(name),
        flags(at_flags),
        mask(what),
        into(answer) {}
  const char* path;
  int flags;
  unsigned mask;
  struct ::statx* into;
};

/// Waits until one of the POLL* `events` holds; the value is the mask of those that do (POLLERR,
/// POLLHUP too).
struct poll_operation : detail::number_operation<unsigned> {
  poll_operation(int file, unsigned wanted) noexcept
      : number_operation(op_kind::poll, file), events(wanted) {}
  unsigned events;
};

/// shutdown(2); `how` is SHUT_RD, SHUT_WR or SHUT_RDWR (0, 1, 2).
struct shutdown_operation : detail::done_operation {
  shutdown_operation(int socket, int direction) noexcept
      : done_operation(op_kind::shutdown, socket), how(direction) {}
  int how;
};

/// unlinkat(2); flags: 0, or AT_REMOVEDIR.
struct unlink_operation : detail::done_operation {
  unlink_operation(int directory, const char* name, int at_flags = 0) noexcept
      : done_operation(op_kind::unlink, directory), path(name), flags(at_flags) {}
  const char* path;
  int flags;
};

/// renameat2(2) with RENAME_* flags.
struct rename_operation : detail::done_operation {
  rename_operation(int from_directory, const char* from_name, int to_directory, const char* to_name,
                   unsigned rename_flags = 0) noexcept
      : done_operation(op_kind::rename, from_directory),
        path(from_name),
        target_fd(to_directory),
        target(to_name),
        flags(rename_flags) {}
  const char* path;
  int target_fd;
  const char* target;
  unsigned flags;
};

/// mkdirat(2).
struct mkdir_operation : detail::done_operation {
  mkdir_operation(int directory, const char* name, unsigned access_mode) noexcept
      : done_operation(op_kind::mkdir, directory), path(name), mode(access_mode) {}
  const char* path;
  unsigned mode;
};

/// Waits until `*word` differs from `expected`, or the doorbell was rung; may also end early: look
/// again.
///
/// Where the kernel can (io/doorbell.hpp tells), this is a wait on the shared futex `word`;
/// elsewhere the eventfd `fd` is read empty, and a word that differs already ends the wait at once.
struct wait_doorbell_operation : detail::done_operation {
  wait_doorbell_operation(const std::atomic<std::uint32_t>* futex, std::uint32_t value,
                          int eventfd) noexcept
      : done_operation(op_kind::wait_doorbell, eventfd), word(futex), expected(value) {}
  const std::atomic<std::uint32_t>* word;
  std::uint32_t expected;
  std::uint64_t drained = 0;  // where the eventfd's counter goes
};

}  // namespace tridem
