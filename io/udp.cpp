// SPDX-License-Identifier: MIT
// Making UDP sockets, and their options.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/udp.hpp>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace tridem {
namespace {

descriptor make_socket(const address& where, const udp_options& options) {
  descriptor socket = detail::open_inet_socket(where, SOCK_DGRAM);
  const int fd = socket.get();
  if (options.reuse_address) detail::set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (options.reuse_port) detail::set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
  if (options.broadcast) detail::set_option(fd, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST");
  if (where.family() == address_family::ipv6) {
    detail::set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only, "IPV6_V6ONLY");
  }
  return socket;
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool is_ipv6(int fd) {
  return detail::local_address_of(fd).family() == address_family::ipv6;
}

void change_membership(int fd, const address& group, unsigned interface, bool join) {
  int failed = 0;
  if (group.family() == address_family::ipv6) {
    sockaddr_in6 native{};
    std::memcpy(&native, group.data(), sizeof native);
    const ipv6_mreq request{native.sin6_addr, interface};
    failed = ::setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                          sizeof request);
  } else {
    sockaddr_in native{};
    std::memcpy(&native, group.data(), sizeof native);
    ip_mreqn request{};
    request.imr_multiaddr = native.sin_addr;
    request.imr_ifindex = static_cast<int>(interface);
    failed = ::setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                          sizeof request);
  }
  if (failed != 0) fail((join ? "join the group " : "leave the group ") + group.host());
}

}  // namespace

udp_socket udp_socket::bind(const address& at, udp_options options) {
  descriptor socket = make_socket(at, options);
  detail::bind_socket(socket.get(), at);
  return udp_socket(std::move(socket));
}

udp_socket udp_socket::connect(const address& peer, udp_options options) {
  udp_socket made(make_socket(peer, options));
  made.connect_to(peer);
  return made;
}

void udp_socket::connect_to(const address& peer) {
  ::sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  const bool ends = peer.family() == address_family::none;
  const auto* native = ends ? &nobody : static_cast<const sockaddr*>(peer.data());
  const auto size = static_cast<socklen_t>(ends ? sizeof nobody : peer.size());
  if (::connect(object_.fd(), native, size) != 0) fail("connect to " + peer.to_string());
}

address udp_socket::local_address() const {
  return detail::local_address_of(object_.fd());
}

address udp_socket::peer_address() const {
  return detail::peer_address_of(object_.fd());
}

void udp_socket::join(const address& group, unsigned interface) {
  change_membership(object_.fd(), group, interface, true);
}

void udp_socket::leave(const address& group, unsigned interface) {
  change_membership(object_.fd(), group, interface, false);
}

void udp_socket::multicast_interface(unsigned interface) {
  if (is_ipv6(object_.fd())) {
    detail::set_option(object_.fd(), IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(interface),
                       "IPV6_MULTICAST_IF");
    return;
  }
  ip_mreqn request{};
  request.imr_ifindex = static_cast<int>(interface);
  if (::setsockopt(object_.fd(), IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) != 0) {
    fail("set socket option IP_MULTICAST_IF");
  }
}

void udp_socket::multicast_loopback(bool on) {
  if (is_ipv6(object_.fd())) {
    detail::set_option(object_.fd(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on, "IPV6_MULTICAST_LOOP");
  } else {
    detail::set_option(object_.fd(), IPPROTO_IP, IP_MULTICAST_LOOP, on, "IP_MULTICAST_LOOP");
  }
}

void udp_socket::multicast_hops(int count) {
  if (is_ipv6(object_.fd())) {
    detail::set_option(object_.fd(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, count,
                       "IPV6_MULTICAST_HOPS");
  } else {
    detail::set_option(object_.fd(), IPPROTO_IP, IP_MULTICAST_TTL, count, "IP_MULTICAST_TTL");
  }
}

void udp_socket::segment_size(int bytes) {
  detail::set_option(object_.fd(), IPPROTO_UDP, UDP_SEGMENT, bytes, "UDP_SEGMENT");
}

}  // namespace tridem
