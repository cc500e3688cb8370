// SPDX-License-Identifier: MIT
// The words of operations, for error texts and for print_tasks.
#include <tridem/io/address.hpp>
#include <tridem/io/detail/until_readable.hpp>
#include <tridem/io/operations.hpp>

#include <cstdio>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tridem {

static_assert(detail::until_readable::poll_in == POLLIN);

const char* name_of(op_kind kind) noexcept {
  switch (kind) {
    case op_kind::nop:
      return "nop";
    case op_kind::accept:
      return "accept";
    case op_kind::connect:
      return "connect";
    case op_kind::recv:
      return "recv";
    case op_kind::receive:
      return "receive";
    case op_kind::send:
      return "send";
    case op_kind::recvmsg:
      return "recvmsg";
    case op_kind::sendmsg:
      return "sendmsg";
    case op_kind::read:
      return "read";
    case op_kind::write:
      return "write";
    case op_kind::readv:
      return "readv";
    case op_kind::writev:
      return "writev";
    case op_kind::open:
      return "open";
    case op_kind::close:
      return "close";
    case op_kind::fsync:
      return "fsync";
    case op_kind::stat:
      return "stat";
    case op_kind::poll:
      return "poll";
    case op_kind::shutdown:
      return "shutdown";
    case op_kind::unlink:
      return "unlink";
    case op_kind::rename:
      return "rename";
    case op_kind::mkdir:
      return "mkdir";
    case op_kind::link:
      return "link";
    case op_kind::allocate:
      return "allocate";
    case op_kind::truncate:
      return "truncate";
    case op_kind::read_directory:
      return "read_directory";
    case op_kind::wait_doorbell:
      return "wait_doorbell";
  }
  return "unknown operation";
}

namespace detail {

namespace {

// The path that an operation is about; null when it is about a descriptor alone.
const char* path_of(const listed_operation& op) noexcept {
  switch (op.kind) {
    case op_kind::open:
      return static_cast<const open_operation&>(op).path;
    case op_kind::stat:
      return static_cast<const stat_operation&>(op).path;
    case op_kind::unlink:
      return static_cast<const unlink_operation&>(op).path;
    case op_kind::rename:
      return static_cast<const rename_operation&>(op).path;
    case op_kind::mkdir:
      return static_cast<const mkdir_operation&>(op).path;
    case op_kind::link:
      return static_cast<const link_operation&>(op).path;
    default:
      return nullptr;
  }
}

// The second path of those that have two.
const char* target_of(const listed_operation& op) noexcept {
  if (op.kind == op_kind::rename) return static_cast<const rename_operation&>(op).target;
  if (op.kind == op_kind::link) return static_cast<const link_operation&>(op).target;
  return nullptr;
}

constexpr std::size_t object_size = 128;

// " (127.0.0.1:80)" or " (/a/file)": what a descriptor stands for, asked of the system at the
// moment when somebody wants to know, so that no operation has to carry it. Empty when there is no
// telling.
void name_object(int fd, char (&out)[object_size]) noexcept {
  out[0] = '\0';
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0) {
    if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return;
    const address named = address::from_native(&peer, peer_size);
    std::snprintf(out, object_size, " (%s)", named.to_string().c_str());
    return;
  }
  char link[32];
  char target[object_size - 4];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, target, sizeof target);
  if (length <= 0 || target[0] != '/') return;
  std::snprintf(out, object_size, " (%.*s)", static_cast<int>(length), target);
}

}  // namespace

void listed_operation::describe(char* out, std::size_t size) const noexcept {
  const char* path = path_of(*this);
  const char* const target = target_of(*this);
  if (target != nullptr) {
    std::snprintf(out, size, "%s '%s' to '%s'", name_of(kind), path, target);
  } else if (path != nullptr && *path != '\0') {
    std::snprintf(out, size, "%s '%s'", name_of(kind), path);
  } else if (fd >= 0) {
    char object[object_size];
    name_object(fd, object);
    std::snprintf(out, size, "%s on descriptor %d%s", name_of(kind), fd, object);
  } else {
    std::snprintf(out, size, "%s", name_of(kind));
  }
}

}  // namespace detail

}  // namespace tridem
