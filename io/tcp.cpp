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

tcp_stream::tcp_stream(descriptor socket) noexcept : stream_socket(std::move(socket)) {
  // Fails only for what is no TCP socket, of which the first operation will tell.
  const int on = 1;
  ::setsockopt(object_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

namespace {

// Before listen or connect: later the window of a connection is settled.
void set_buffers(int fd, int send, int receive) {
  if (send > 0) detail::set_option(fd, SOL_SOCKET, SO_SNDBUF, send, "SO_SNDBUF");
  if (receive > 0) detail::set_option(fd, SOL_SOCKET, SO_RCVBUF, receive, "SO_RCVBUF");
}

descriptor prepare(const address& peer, const connect_options& options) {
  descriptor socket = detail::open_inet_socket(peer, SOCK_STREAM);
  const int fd = socket.get();
  set_buffers(fd, options.send_buffer, options.receive_buffer);
  if (options.fast_open) {
    detail::set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1, "TCP_FASTOPEN_CONNECT");
  }
  if (options.local.family() != address_family::none) {
    // The port is then chosen when the peer is known, so that there is one for each pair.
    detail::set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, "IP_BIND_ADDRESS_NO_PORT");
    detail::bind_socket(fd, options.local);
  }
  return socket;
}

}  // namespace

task<tcp_stream> tcp_stream::connect(address peer, connect_options options) {
  descriptor socket = prepare(peer, options);
  auto connecting = operation_awaitable<connect_operation>(
      connect_operation(socket.get(), peer.data(), peer.size()));
  const result<void> connected = co_await as_result(std::move(connecting));
  if (!connected) throw std::system_error(connected.error(), "connect to " + peer.to_string());
  co_return tcp_stream(std::move(socket));
}

task<tcp_stream> tcp_stream::connect(std::string host, std::uint16_t port,
                                     connect_options options) {
  const address peer = address::ip(host, port);
  co_return co_await connect(peer, options);
}

void tcp_stream::no_delay(bool at_once) {
  detail::set_option(object_.fd(), IPPROTO_TCP, TCP_NODELAY, at_once, "TCP_NODELAY");
}

void tcp_stream::keep_alive(keep_alive_options options) {
  const int fd = object_.fd();
  const auto seconds = [](std::chrono::seconds span) { return static_cast<int>(span.count()); };
  detail::set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(options.after), "TCP_KEEPIDLE");
  detail::set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(options.every), "TCP_KEEPINTVL");
  detail::set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, options.probes, "TCP_KEEPCNT");
  detail::set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
}

void tcp_stream::no_keep_alive() {
  detail::set_option(object_.fd(), SOL_SOCKET, SO_KEEPALIVE, 0, "SO_KEEPALIVE");
}

void tcp_stream::acknowledged_within(std::chrono::milliseconds limit) {
  detail::set_option(object_.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(limit.count()),
                     "TCP_USER_TIMEOUT");
}

void tcp_stream::reset_at_close() {
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  if (::setsockopt(object_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) {
    throw std::system_error(errno, std::generic_category(), "set socket option SO_LINGER");
  }
}

tcp_listener tcp_listener::bind(const address& at, listen_options options) {
  descriptor socket = detail::open_inet_socket(at, SOCK_STREAM);
  const int fd = socket.get();
  if (options.reuse_address) detail::set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (options.reuse_port) detail::set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
  if (at.family() == address_family::ipv6) {
    detail::set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only, "IPV6_V6ONLY");
  }
  if (options.fast_open > 0) {
    detail::set_option(fd, IPPROTO_TCP, TCP_FASTOPEN, options.fast_open, "TCP_FASTOPEN");
  }
  set_buffers(fd, options.send_buffer, options.receive_buffer);
  detail::bind_socket(fd, at);
  if (::listen(fd, options.backlog) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen on " + at.to_string());
  }
  return tcp_listener(std::move(socket));
}

address tcp_listener::local_address() const {
  return detail::local_address_of(object_.fd());
}

}  // namespace tridem
