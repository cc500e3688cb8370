// SPDX-License-Identifier: MIT
// setsockopt(2), with the level that the family of the socket wants.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/socket_options.hpp>

#include <climits>

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace tridem::detail {
namespace {

bool is_ipv6(int fd) {
  return get_option(fd, SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN") == AF_INET6;
}

int cut(std::size_t bytes) noexcept {
  return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX));
}

}  // namespace

int get_option(int fd, int level, int option, const char* name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, option, &value, &size) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            std::string("ask socket option ") + name);
  }
  return value;
}

std::size_t send_buffer_of(int fd) {
  return static_cast<std::size_t>(get_option(fd, SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF"));
}

void set_send_buffer(int fd, std::size_t bytes) {
  set_option(fd, SOL_SOCKET, SO_SNDBUF, cut(bytes), "SO_SNDBUF");
}

std::size_t receive_buffer_of(int fd) {
  return static_cast<std::size_t>(get_option(fd, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF"));
}

void set_receive_buffer(int fd, std::size_t bytes) {
  set_option(fd, SOL_SOCKET, SO_RCVBUF, cut(bytes), "SO_RCVBUF");
}

void set_hop_limit(int fd, int hops) {
  if (is_ipv6(fd))
    return set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops, "IPV6_UNICAST_HOPS");
  set_option(fd, IPPROTO_IP, IP_TTL, hops, "IP_TTL");
}

void set_traffic_class(int fd, int value) {
  if (is_ipv6(fd)) return set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, value, "IPV6_TCLASS");
  set_option(fd, IPPROTO_IP, IP_TOS, value, "IP_TOS");
}

void bind_to_interface(int fd, std::string_view name) {
  if (::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name.data(),
                   static_cast<socklen_t>(name.size())) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            "bind a socket to the interface '" + std::string(name) + "'");
  }
}

}  // namespace tridem::detail
