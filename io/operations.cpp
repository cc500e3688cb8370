// SPDX-License-Identifier: MIT
// The words of operations, for error texts and for print_tasks.
#include <tridem/io/operations.hpp>

#include <cstdio>

namespace tridem {

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
    default:
      return nullptr;
  }
}

}  // namespace

void listed_operation::describe(char* out, std::size_t size) const noexcept {
  const char* path = path_of(*this);
  if (path != nullptr && *path != '\0') {
    std::snprintf(out, size, "%s '%s'", name_of(kind), path);
  } else if (fd >= 0) {
    std::snprintf(out, size, "%s on descriptor %d", name_of(kind), fd);
  } else {
    std::snprintf(out, size, "%s", name_of(kind));
  }
}

}  // namespace detail

}  // namespace tridem
