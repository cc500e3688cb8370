// SPDX-License-Identifier: MIT
// Making TCP sockets: what stands outside the path of an operation.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/tcp.hpp>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

namespace tridem {

static_assert(static_cast<int>(shutdown_direction::read) == SHUT_RD);
static_assert(static_cast<int>(shutdown_direction::write) == SHUT_WR);
static_assert(static_cast<int>(shutdown_direction::both) == SHUT_RDWR);

tcp_stream::tcp_stream(descriptor socket) noexcept : object_(std::move(socket)) {
  // Fails only for what is no TCP socket, of which the first operation will tell.
  const int on = 1;
  ::setsockopt(object_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

task<tcp_stream> tcp_stream::connect(address peer) {
  descriptor socket = detail::open_socket(peer, SOCK_STREAM);
  auto connecting = operation_awaitable<connect_operation>(
      connect_operation(socket.get(), peer.data(), peer.size()));
  const result<void> connected = co_await as_result(std::move(connecting));
  if (!connected) throw std::system_error(connected.error(), "connect to " + peer.to_string());
  co_return tcp_stream(std::move(socket));
}

task<tcp_stream> tcp_stream::connect(std::string host, std::uint16_t port) {
  const address peer = address::ip(host, port);
  co_return co_await connect(peer);
}

address tcp_stream::local_address() const {
  return detail::local_address_of(object_.fd());
}

address tcp_stream::peer_address() const {
  return detail::peer_address_of(object_.fd());
}

void tcp_stream::no_delay(bool at_once) {
  detail::set_option(object_.fd(), IPPROTO_TCP, TCP_NODELAY, at_once, "TCP_NODELAY");
}

tcp_listener tcp_listener::bind(const address& at, listen_options options) {
  descriptor socket = detail::open_socket(at, SOCK_STREAM);
  const int fd = socket.get();
  if (options.reuse_address) detail::set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (options.reuse_port) detail::set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
  if (at.family() == address_family::ipv6) {
    detail::set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only, "IPV6_V6ONLY");
  }
  detail::bind_socket(fd, at);
  if (::listen(fd, options.backlog) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen on " + at.to_string());
  }
  tcp_listener made;
  made.object_ = detail::io_object(std::move(socket));
  return made;
}

address tcp_listener::local_address() const {
  return detail::local_address_of(object_.fd());
}

}  // namespace tridem
