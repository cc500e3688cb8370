// SPDX-License-Identifier: MIT
// bind(2) makes a file that outlives the socket: the next one finds its place taken.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/detail/unix_binding.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {
namespace {

// A file, and not a name without one.
bool is_path(const address& at) {
  return at.family() == address_family::local && !at.host().empty() && at.host().front() != '@';
}

// Whether the socket file at `at` is left over: nobody listens there, and nobody ever will.
bool is_stale(const address& at, int type) {
  struct ::stat about{};
  if (::lstat(at.host().c_str(), &about) != 0 || !S_ISSOCK(about.st_mode)) return false;
  const descriptor probe = open_socket(at, type);
  const auto* native = static_cast<const sockaddr*>(at.data());
  return ::connect(probe.get(), native, at.size()) != 0 && errno == ECONNREFUSED;
}

}  // namespace

unix_binding::unix_binding(unix_binding&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

unix_binding& unix_binding::operator=(unix_binding&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void unix_binding::bind(int socket, int type, const address& at, bool replace_stale,
                        bool remove_at_close) {
  const auto* native = static_cast<const sockaddr*>(at.data());
  int failed = ::bind(socket, native, at.size());
  if (failed != 0 && errno == EADDRINUSE && replace_stale && is_path(at) && is_stale(at, type)) {
    ::unlink(at.host().c_str());
    failed = ::bind(socket, native, at.size());
  }
  if (failed != 0) {
    throw std::system_error(errno, std::generic_category(), "bind to " + at.to_string());
  }
  struct ::stat about{};
  if (!remove_at_close || !is_path(at) || ::lstat(at.host().c_str(), &about) != 0) return;
  path_ = at.host();
  device_ = about.st_dev;
  inode_ = about.st_ino;
}

void unix_binding::remove() noexcept {
  const std::string path = std::exchange(path_, {});
  struct ::stat about{};
  if (path.empty() || ::lstat(path.c_str(), &about) != 0) return;
  if (about.st_dev == device_ && about.st_ino == inode_) ::unlink(path.c_str());
}

descriptor listen_local(unix_binding& binding, int type, const address& at,
                        unix_listen_options options) {
  descriptor socket = open_socket(at, type);
  binding.bind(socket.get(), type, at, options.replace_stale, options.remove_at_close);
  if (::listen(socket.get(), options.backlog) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen on " + at.to_string());
  }
  return socket;
}

task<descriptor> connect_local(address peer, int type) {
  using namespace std::chrono_literals;
  constexpr duration longest_pause = 50ms;
  duration pause = 1ms;
  descriptor socket = open_socket(peer, type);
  for (;;) {
    auto connecting = operation_awaitable<connect_operation>(
        connect_operation(socket.get(), peer.data(), peer.size()));
    const result<void> connected = co_await as_result(std::move(connecting));
    if (connected) co_return socket;
    // The backlog is full, and no event will tell when there is room.
    if (connected.error() != std::errc::resource_unavailable_try_again) {
      throw std::system_error(connected.error(), "connect to " + peer.to_string());
    }
    co_await sleep(pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

std::pair<descriptor, descriptor> make_socket_pair(int type) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "make a pair of sockets");
  }
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

}  // namespace tridem::detail
