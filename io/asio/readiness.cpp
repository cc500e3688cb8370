// SPDX-License-Identifier: MIT
// What stands in the epoll set, and for how long.
#include "io/asio/readiness.hpp"

#include <cerrno>
#include <new>
#include <poll.h>
#include <system_error>

namespace tridem::detail {

static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLPRI == POLLPRI &&
              EPOLLERR == POLLERR && EPOLLHUP == POLLHUP && EPOLLRDHUP == 0x2000);

readiness::readiness() : set_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!set_) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

std::uint32_t readiness::needs(const operation& op) noexcept {
  switch (op.kind) {
    case op_kind::connect:
    case op_kind::send:
    case op_kind::sendmsg:
    case op_kind::write:
    case op_kind::writev:
      return EPOLLOUT;
    case op_kind::poll:
      return static_cast<const poll_operation&>(op).events;
    default:
      return EPOLLIN;
  }
}

int readiness::wait(operation& op) noexcept {
  const auto& listed = static_cast<const listed_operation&>(op);
  entry* const at = entry_at(listed.fd);
  if (at == nullptr) return listed.fd < 0 ? EBADF : ENOMEM;
  const bool is_known = listed.is_of_object && at->departures == departures_of(listed.fd);
  // The system took what was closed out of the set itself.
  if (at->waiting.empty() && !is_known) at->events = 0;
  const std::uint32_t events = at->events | needs(op);
  if (events != at->events || events == 0) {
    if (const int error = watch(*at, listed.fd, events); error != 0) return error;
  }
  at->is_kept = listed.is_of_object;
  at->waiting.push_back(op);
  op.driver_tag |= is_waiting;
  return 0;
}

void readiness::leave(operation& op) noexcept {
  if ((op.driver_tag & is_waiting) == 0) return;
  op.driver_tag &= ~is_waiting;
  const int number = static_cast<const listed_operation&>(op).fd;
  entry& at = entries_[static_cast<std::size_t>(number)];
  at.waiting.remove(op);
  if (at.waiting.empty() && !at.is_kept) forget(at, number);
}

std::span<const epoll_event> readiness::take_events(std::span<epoll_event> room) noexcept {
  int count = 0;
  do {
    count = ::epoll_wait(set_.get(), room.data(), static_cast<int>(room.size()), 0);
  } while (count < 0 && errno == EINTR);
  return room.first(static_cast<std::size_t>(count < 0 ? 0 : count));
}

// Where a number was closed while a copy of it is open elsewhere, in a child process, the set still
// tells of that file.
readiness::entry* readiness::entry_of(const epoll_event& event) noexcept {
  entry& at = entries_[static_cast<std::size_t>(number_of(event))];
  return at.generation == event.data.u64 >> 32 ? &at : nullptr;
}

readiness::entry* readiness::entry_at(int number) noexcept {
  const auto index = static_cast<std::size_t>(number);
  if (number < 0) return nullptr;
  if (index >= entries_.size()) {
    try {
      entries_.resize(index + 1);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  return &entries_[index];
}

int readiness::watch(entry& at, int number, std::uint32_t events) noexcept {
  int request = EPOLL_CTL_MOD;
  if (at.events == 0) {
    request = EPOLL_CTL_ADD;
    at.departures = departures_of(number);
    ++at.generation;
  }
  epoll_event about{};
  about.events = events | EPOLLET;
  about.data.u64 = std::uint64_t{at.generation} << 32 | static_cast<std::uint32_t>(number);
  int error = ::epoll_ctl(set_.get(), request, number, &about) == 0 ? 0 : errno;
  // The number may mean again what it meant before, or have been closed by others meanwhile.
  if (error == EEXIST || error == ENOENT) {
    request = error == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    error = ::epoll_ctl(set_.get(), request, number, &about) == 0 ? 0 : errno;
  }
  at.events = error == 0 ? events : at.events;
  return error;
}

void readiness::forget(entry& at, int number) noexcept {
  at.events = 0;
  epoll_event unused{};
  static_cast<void>(::epoll_ctl(set_.get(), EPOLL_CTL_DEL, number, &unused));
}

}  // namespace tridem::detail
