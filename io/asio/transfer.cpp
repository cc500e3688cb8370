// SPDX-License-Identifier: MIT
// Reads and writes that never block: RWF_NOWAIT where the kernel knows it for this kind of file,
// else poll(2) first.
#include "io/asio/transfer.hpp"

#include <climits>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

enum class direction : bool { in, out };

std::int64_t move_bytes(direction way, int fd, const iovec* parts, int count, std::int64_t offset,
                        int flags) noexcept {
  for (;;) {
    const std::int64_t answer = way == direction::in ? ::preadv2(fd, parts, count, offset, flags)
                                                     : ::pwritev2(fd, parts, count, offset, flags);
    if (answer >= 0 || (errno != EINTR && errno != ESPIPE)) return answer;
    // Pipes and sockets know no offset, and the ring does not mind one; so we do not either.
    if (errno == ESPIPE && offset == current_position) return answer;
    if (errno == ESPIPE) offset = current_position;
  }
}

/// For kinds of file that do not know RWF_NOWAIT (terminals; pipes before Linux 6.4).
std::int64_t poll_then_move(direction way, int fd, const iovec* parts, int count,
                            std::int64_t offset) noexcept {
  pollfd state{fd, static_cast<short>(way == direction::in ? POLLIN : POLLOUT), 0};
  if (::poll(&state, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  if (way == direction::in) return move_bytes(way, fd, parts, count, offset, 0);
  // A pipe in blocking mode that is writable takes PIPE_BUF bytes at once; more could block.
  while (count > 1 && parts->iov_len == 0) {
    ++parts;
    --count;
  }
  const iovec head{parts->iov_base, std::min<std::size_t>(parts->iov_len, PIPE_BUF)};
  return move_bytes(way, fd, &head, 1, offset, 0);
}

/// Past the page cache RWF_NOWAIT only does without waiting for a place in the queue of the disk:
/// the disk itself is waited for (seen on Linux 6.18, ext4). Pipes take O_DIRECT too, for packets.
bool waits_for_disk(int fd, std::int64_t offset) noexcept {
  constexpr std::int64_t sector = 512;  // elsewhere no such transfer begins
  if (offset == current_position || offset % sector != 0) return false;
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DIRECT) != 0 && is_file(fd);
}

next_step move_now(operation& op, direction way, int fd, const iovec* parts, int count,
                   std::int64_t offset) noexcept {
  if (waits_for_disk(fd, offset)) return next_step::offload;
  std::int64_t answer = move_bytes(way, fd, parts, count, offset, RWF_NOWAIT);
  if (answer < 0 && errno == EOPNOTSUPP) {
    if (is_file(fd)) return next_step::offload;
    answer = poll_then_move(way, fd, parts, count, offset);
  }
  if (answer < 0 && errno == EAGAIN) {
    if (is_file(fd)) return next_step::offload;
    return next_step::wait;
  }
  op.result = static_cast<std::int32_t>(answer < 0 ? -errno : answer);
  return next_step::done;
}

next_step write_quietly(operation& op, int fd, const iovec* parts, int count, std::int64_t offset,
                        sigpipe_guard& quiet) noexcept {
  quiet.engage();
  const next_step step = move_now(op, direction::out, fd, parts, count, offset);
  if (step == next_step::done && op.result == -EPIPE) quiet.swallow();
  return step;
}

}  // namespace

bool is_file(int fd) noexcept {
  struct ::stat about{};
  if (::fstat(fd, &about) < 0) return false;
  return S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || S_ISBLK(about.st_mode);
}

next_step read_now(operation& op, int fd, const iovec* parts, int count,
                   std::int64_t offset) noexcept {
  return move_now(op, direction::in, fd, parts, count, offset);
}

next_step read_now(read_operation& op) noexcept {
  const iovec part = part_of(op);
  return move_now(op, direction::in, op.fd, &part, 1, op.offset);
}

next_step read_now(readv_operation& op) noexcept {
  return move_now(op, direction::in, op.fd, op.into, static_cast<int>(op.count), op.offset);
}

next_step write_now(write_operation& op, sigpipe_guard& quiet) noexcept {
  const iovec part = part_of(op);
  return write_quietly(op, op.fd, &part, 1, op.offset, quiet);
}

next_step write_now(writev_operation& op, sigpipe_guard& quiet) noexcept {
  return write_quietly(op, op.fd, op.from, static_cast<int>(op.count), op.offset, quiet);
}

std::int64_t read_blocking(int fd, const iovec* parts, int count, std::int64_t offset) noexcept {
  return move_bytes(direction::in, fd, parts, count, offset, 0);
}

std::int64_t write_blocking(int fd, const iovec* parts, int count, std::int64_t offset) noexcept {
  return move_bytes(direction::out, fd, parts, count, offset, 0);
}

}  // namespace tridem::detail
