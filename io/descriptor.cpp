// SPDX-License-Identifier: MIT
// Closing and duplicating file descriptors.
#include <tridem/io/descriptor.hpp>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tridem {

void descriptor::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  const int saved = errno;
  // Linux frees the number even when close reports EINTR or EIO: calling it again could close
  // another's.
  ::close(old);
  errno = saved;
}

descriptor descriptor::duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::system_category(), "duplicate a descriptor");
  return descriptor{copy};
}

}  // namespace tridem
