// SPDX-License-Identifier: MIT
// Descriptors made by plain system calls, for tests that judge a driver from outside.
#pragma once

#include <tridem/io/descriptor.hpp>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tridem::test {

/// Blocking mode is what a descriptor has by birth; drivers must serve both.
enum class mode : int { blocking = 0, non_blocking = 1 };

inline descriptor own(int fd) {
  REQUIRE(fd >= 0);
  return descriptor{fd};
}

struct descriptor_pair {
  descriptor first;   // reads, where there is a direction
  descriptor second;  // writes
};

inline descriptor_pair make_socket_pair(mode how = mode::non_blocking, int type = SOCK_STREAM) {
  std::array<int, 2> ends{};
  const int flags = how == mode::non_blocking ? SOCK_NONBLOCK : 0;
  REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC | flags, 0, ends.data()) == 0);
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

inline descriptor_pair make_pipe(mode how = mode::non_blocking) {
  std::array<int, 2> ends{};
  const int flags = how == mode::non_blocking ? O_NONBLOCK : 0;
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC | flags) == 0);
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

inline descriptor make_socket(mode how = mode::non_blocking) {
  const int flags = how == mode::non_blocking ? SOCK_NONBLOCK : 0;
  return own(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

/// A listener on a loopback port that the system chose.
struct listener {
  explicit listener(mode how = mode::non_blocking, int backlog = 16) : socket(make_socket(how)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket.get(), as_sockaddr(), sizeof address) == 0);
    REQUIRE(::listen(socket.get(), backlog) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  }
  [[nodiscard]] const sockaddr* as_sockaddr() const noexcept {
    return reinterpret_cast<const sockaddr*>(&address);
  }
  sockaddr_in address{};
  descriptor socket;
};

/// Connects a blocking socket. A signal ends the call, but not the connecting.
inline void connect_to(const listener& at, const descriptor& active) {
  if (::connect(active.get(), at.as_sockaddr(), sizeof at.address) == 0) return;
  REQUIRE(errno == EINTR);
  ::pollfd made{active.get(), POLLOUT, 0};
  while (::poll(&made, 1, -1) < 0) REQUIRE(errno == EINTR);
  // Only the next call makes the socket a connected one, for which one more would be an error.
  REQUIRE(::connect(active.get(), at.as_sockaddr(), sizeof at.address) == 0);
}

/// A TCP connection over loopback, both ends ours.
inline descriptor_pair make_tcp_pair() {
  const listener at(mode::blocking);
  descriptor active = make_socket(mode::blocking);
  connect_to(at, active);
  descriptor passive = own(::accept4(at.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  for (const descriptor* end : {&active, &passive}) {
    REQUIRE(::fcntl(end->get(), F_SETFL, O_RDWR | O_NONBLOCK) == 0);
  }
  return {std::move(passive), std::move(active)};
}

/// Closes with a RST: the peer sees ECONNRESET.
inline void reset_connection(descriptor end) {
  const linger at_once{1, 0};
  REQUIRE(::setsockopt(end.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  end.reset();
}

/// Writes until the descriptor takes no more; how many bytes that were.
inline std::size_t fill(const descriptor& into) {
  const std::string block(65536, 'f');
  std::size_t total = 0;
  const int flags = ::fcntl(into.get(), F_GETFL);
  ::fcntl(into.get(), F_SETFL, flags | O_NONBLOCK);
  for (std::size_t size = block.size(); size != 0;) {
    const ssize_t count = ::write(into.get(), block.data(), size);
    if (count > 0) total += static_cast<std::size_t>(count);
    if (count < 0) size /= 2;
  }
  ::fcntl(into.get(), F_SETFL, flags);
  return total;
}

/// Reads all that is there now.
inline std::string drain(const descriptor& from) {
  std::string all;
  std::string block(65536, '\0');
  const int flags = ::fcntl(from.get(), F_GETFL);
  ::fcntl(from.get(), F_SETFL, flags | O_NONBLOCK);
  for (ssize_t count = 0; (count = ::read(from.get(), block.data(), block.size())) > 0;) {
    all.append(block.data(), static_cast<std::size_t>(count));
  }
  ::fcntl(from.get(), F_SETFL, flags);
  return all;
}

inline void send_text(const descriptor& to, std::string_view text) {
  REQUIRE(::write(to.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

/// A file without a name, with contents.
inline descriptor make_file(std::string_view contents = {}) {
  descriptor file = own(::memfd_create("tridem-test", MFD_CLOEXEC));
  if (!contents.empty()) send_text(file, contents);
  REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
  return file;
}

/// A directory that is removed at the end; the test removes what is in it.
struct temporary_directory {
  temporary_directory() {
    std::string pattern = "/tmp/tridem-test-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() { ::rmdir(path.c_str()); }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path + '/' + std::string(name);
  }
  std::string path;
};

}  // namespace tridem::test
