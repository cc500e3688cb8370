// SPDX-License-Identifier: MIT
// Waiting in Asio's reactor until a descriptor is ready. Included by one source file only, for Asio
// is dear to compile.
#pragma once

#include "io/asio/handler_memory.hpp"
#include "io/asio/perform.hpp"

#include <tridem/io/descriptor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <vector>

#ifdef BOOST_ASIO_HAS_IO_URING_AS_DEFAULT
#error "this driver is for where io_uring is forbidden: do not define BOOST_ASIO_HAS_IO_URING here"
#endif

namespace tridem::detail {

/// The waits of one reactor, each in a slot that is used again and again.
///
/// A slot watches the caller's own descriptor, or a duplicate when another slot watches that number
/// already: so a reader and a writer of one socket do not know of each other. Asio switches what it
/// watches to non-blocking mode; a descriptor in blocking mode may share that with other processes
/// (standard input, with the shell), so an epoll descriptor stands between.
///
/// The descriptor of an object stays registered when its wait is over, which spares three of four
/// system calls of the next wait. Whether the number still means the same open file is what
/// `departures_of` tells; of other numbers nobody can, so they are registered for each wait anew.
///
/// `Owner` has `ready(operation&, int error)`, called when it is time to try again, or with the
/// errno why it never is.
template <class Owner>
class readiness {
 public:
  /// `context` must outlive this.
  readiness(boost::asio::io_context& context, Owner& owner) noexcept
      : context_(context), owner_(owner) {}
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;
  ~readiness() {
    for (slot* at : users_) {
      if (at != nullptr) at->watched.release();
    }
  }

  /// Waits for what `step` names; again, when `op` waits here already. 0, or an errno.
  int wait(operation& op, next_step step) {
    auto* at = static_cast<slot*>(op.driver_data);
    if (at == nullptr) {
      auto& listed = static_cast<listed_operation&>(op);
      at = kept_slot(listed, step);
      if (at == nullptr) {
        at = take_slot();
        if (const int error = watch(*at, listed, step); error != 0) {
          give_back(*at);
          return error;
        }
      }
      at->waiting = &op;
      op.driver_data = at;
    }
    if (at->is_nested) {
      arm(*at, stream::wait_read);
      return 0;
    }
    if (step == next_step::wait_readable || step == next_step::wait_either) {
      arm(*at, stream::wait_read);
    }
    if (step == next_step::wait_writable || step == next_step::wait_either) {
      arm(*at, stream::wait_write);
    }
    if (step == next_step::wait_priority) arm(*at, stream::wait_error);
    return 0;
  }

  /// Ends the wait of `op`, if it has one; what Asio still holds for it is thrown away when it
  /// comes.
  void leave(operation& op) noexcept {
    auto* at = static_cast<slot*>(op.driver_data);
    if (at == nullptr) return;
    op.driver_data = nullptr;
    at->waiting = nullptr;
    const bool keep = static_cast<listed_operation&>(op).is_of_object && at->number >= 0;
    if (!keep || at->handlers != 0) forget(*at);
  }

 private:
  using stream =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  using wait_type = typename stream::wait_type;

  struct slot {
    explicit slot(boost::asio::io_context& context) : watched(context) {}
    stream watched;
    operation* waiting = nullptr;  // null when free, or while aborted handlers are still to come
    slot* next_free = nullptr;
    descriptor own;                // what is watched, when it is not the caller's descriptor itself
    int number = -1;               // the caller's descriptor, when that is what is watched
    std::uint32_t departures = 0;  // of that number, when it was registered
    std::uint8_t handlers = 0;     // how many Asio holds, of each wait_type at most one
    std::array<bool, 3> armed{};   // by wait_type
    bool is_nested = false;  // what is watched is an epoll descriptor, readable when it is time
  };

  struct on_event {
    using allocator_type = handler_allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    void operator()(const boost::system::error_code& error) const { home->event(*at, type, error); }
    readiness* home;
    slot* at;
    wait_type type;
  };

  slot* take_slot() {
    if (free_ == nullptr) return &slots_.emplace_back(context_);
    slot* taken = free_;
    free_ = taken->next_free;
    return taken;
  }

  void give_back(slot& unused) noexcept {
    unused.next_free = free_;
    free_ = &unused;
  }

  // The slot that still watches the descriptor of `op`. One that watches what it meant before is
  // emptied.
  slot* kept_slot(const listed_operation& op, next_step step) noexcept {
    const auto number = static_cast<std::size_t>(op.fd);
    if (op.fd < 0 || number >= users_.size() || step == next_step::wait_nested) return nullptr;
    slot* at = users_[number];
    if (at == nullptr || at->waiting != nullptr) return nullptr;
    if (op.is_of_object && at->departures == departures_of(op.fd)) return at;
    forget(*at);
    return nullptr;
  }

  // Ends the registration. When the number was closed the system has ended it already, and nothing
  // else has been registered under it since.
  void forget(slot& at) noexcept {
    at.watched.release();
    at.own.reset();
    if (at.number >= 0) users_[static_cast<std::size_t>(at.number)] = nullptr;
    at.number = -1;
    if (at.handlers == 0) give_back(at);
  }

  static bool is_in_blocking_mode(int fd) noexcept {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) == 0;
  }

  static unsigned events_of(const listed_operation& op, next_step step) noexcept {
    switch (step) {
      case next_step::wait_readable:
        return POLLIN;
      case next_step::wait_writable:
        return POLLOUT;
      case next_step::wait_either:
        return POLLIN | POLLOUT;
      case next_step::wait_priority:
        return POLLPRI;
      default:
        return static_cast<const poll_operation&>(static_cast<const operation&>(op)).events;
    }
  }

  int watch(slot& at, const listed_operation& op, next_step step) {
    int target = op.fd;
    const auto number = static_cast<std::size_t>(op.fd);
    if (op.fd < 0) return EBADF;
    at.is_nested = step == next_step::wait_nested || is_in_blocking_mode(op.fd);
    if (at.is_nested) {
      target = nested_poll(op.fd, events_of(op, step));
      if (target < 0) return -target;
      at.own.reset(target);
    } else if (number < users_.size() && users_[number] != nullptr) {
      target = ::fcntl(op.fd, F_DUPFD_CLOEXEC, 0);
      if (target < 0) return errno;
      at.own.reset(target);
    }
    boost::system::error_code error;
    at.watched.assign(target, error);
    if (error) {
      at.own.reset();
      return error.value();
    }
    if (at.own) return 0;
    if (number >= users_.size()) users_.resize(number + 1, nullptr);
    users_[number] = &at;
    at.number = op.fd;
    at.departures = departures_of(op.fd);
    return 0;
  }

  void arm(slot& at, wait_type type) {
    if (std::exchange(at.armed[type], true)) return;
    ++at.handlers;
    at.watched.async_wait(type, on_event{this, &at, type});
  }

  void event(slot& at, wait_type type, const boost::system::error_code& error) {
    at.armed[type] = false;
    --at.handlers;
    if (at.waiting == nullptr) {
      if (at.handlers == 0) give_back(at);
      return;
    }
    owner_.ready(*at.waiting, error.value());
  }

  boost::asio::io_context& context_;
  Owner& owner_;
  std::deque<slot> slots_;
  slot* free_ = nullptr;
  std::vector<slot*> users_;  // by descriptor: the slot that watches it
};

}  // namespace tridem::detail
