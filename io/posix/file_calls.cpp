// SPDX-License-Identifier: MIT
// What threads do for drivers.
#include "io/posix/file_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <unistd.h>

namespace tridem::detail {
namespace {

template <class Call>
void finish(operation& op, Call call) noexcept {
  std::int64_t answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  op.result = static_cast<std::int32_t>(answer < 0 ? -errno : answer);
}

}  // namespace

void perform_truncate(truncate_operation& op) noexcept {
  finish(op, [&] { return ::ftruncate(op.fd, static_cast<off_t>(op.length)); });
}

void perform_read_directory(read_directory_operation& op) noexcept {
  finish(op, [&] {
    return ::getdents64(op.fd, op.into.data(), std::min(op.into.size(), max_transfer));
  });
}

}  // namespace tridem::detail
