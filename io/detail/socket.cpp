// SPDX-License-Identifier: MIT
// Sockets before their first operation.
#include <tridem/io/detail/socket.hpp>

#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace tridem::detail {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

address ask_address(int fd, int (*ask)(int, sockaddr*, socklen_t*), const char* what) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (ask(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) fail(what);
  return address::from_native(&storage, size);
}

}  // namespace

descriptor open_socket(const address& where, int type) {
  int family = AF_UNSPEC;
  switch (where.family()) {
    case address_family::ipv4:
      family = AF_INET;
      break;
    case address_family::ipv6:
      family = AF_INET6;
      break;
    case address_family::local:
      family = AF_UNIX;
      break;
    case address_family::none:
      break;
  }
  descriptor made{::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!made) fail("make a socket for " + where.to_string());
  return made;
}

descriptor open_inet_socket(const address& where, int type) {
  if (where.family() != address_family::ipv4 && where.family() != address_family::ipv6) {
    throw std::system_error(EAFNOSUPPORT, std::generic_category(),
                            "make an internet socket for '" + where.to_string() + "'");
  }
  return open_socket(where, type);
}

void bind_socket(int fd, const address& where) {
  const auto* native = static_cast<const sockaddr*>(where.data());
  if (::bind(fd, native, where.size()) != 0) fail("bind to " + where.to_string());
}

void set_option(int fd, int level, int option, int value, const char* name) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0) {
    fail(std::string("set socket option ") + name);
  }
}

address local_address_of(int fd) {
  return ask_address(fd, ::getsockname, "getsockname");
}

address peer_address_of(int fd) {
  return ask_address(fd, ::getpeername, "getpeername");
}

}  // namespace tridem::detail
