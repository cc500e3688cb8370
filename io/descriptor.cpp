// SPDX-License-Identifier: MIT
// Closing and duplicating file descriptors.
#include <tridem/io/descriptor.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tridem {
namespace {

// Relaxed: a number that is used again reaches its next user in the order that the system, or the
// hand-over between threads, gives.
constinit std::array<std::atomic<std::uint32_t>, 1024> departures{};

std::atomic<std::uint32_t>& departures_at(int fd) noexcept {
  return departures[static_cast<std::size_t>(fd) % departures.size()];
}

}  // namespace

std::uint32_t detail::departures_of(int fd) noexcept {
  return departures_at(fd).load(std::memory_order_relaxed);
}

int descriptor::release() noexcept {
  if (fd_ >= 0) departures_at(fd_).fetch_add(1, std::memory_order_relaxed);
  return std::exchange(fd_, -1);
}

void descriptor::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  departures_at(old).fetch_add(1, std::memory_order_relaxed);
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
