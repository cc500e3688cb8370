// SPDX-License-Identifier: MIT
// Making the sockets that keep messages apart.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/unix_datagram.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <system_error>

namespace tridem {

address detail::unix_message_socket::local_address() const {
  return local_address_of(object_.fd());
}

address detail::unix_message_socket::peer_address() const {
  return peer_address_of(object_.fd());
}

unix_datagram unix_datagram::bind(std::string_view path) {
  const address at = address::local(path);
  unix_datagram made(detail::open_socket(at, SOCK_DGRAM));
  made.binding_.bind(made.native_handle(), SOCK_DGRAM, at, true, true);
  return made;
}

unix_datagram unix_datagram::connect(std::string_view path) {
  unix_datagram made(detail::open_socket(address::local(path), SOCK_DGRAM));
  made.connect_to(path);
  return made;
}

void unix_datagram::connect_to(std::string_view path) {
  const address peer = address::local(path);
  const auto* native = static_cast<const sockaddr*>(peer.data());
  if (::connect(native_handle(), native, peer.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect to " + peer.to_string());
  }
}

std::pair<unix_datagram, unix_datagram> unix_datagram::pair() {
  auto [first, second] = detail::make_socket_pair(SOCK_DGRAM);
  return {unix_datagram(std::move(first)), unix_datagram(std::move(second))};
}

task<> unix_datagram::close() {
  co_await object_.close();
  binding_.remove();
}

task<unix_seqpacket> unix_seqpacket::connect(std::string path) {
  descriptor socket = co_await detail::connect_local(address::local(path), SOCK_SEQPACKET);
  co_return unix_seqpacket(std::move(socket));
}

std::pair<unix_seqpacket, unix_seqpacket> unix_seqpacket::pair() {
  auto [first, second] = detail::make_socket_pair(SOCK_SEQPACKET);
  return {unix_seqpacket(std::move(first)), unix_seqpacket(std::move(second))};
}

unix_seqpacket_listener unix_seqpacket_listener::bind(std::string_view path,
                                                      unix_listen_options options) {
  unix_seqpacket_listener made;
  made.object_ = detail::io_object(
      detail::listen_local(made.binding_, SOCK_SEQPACKET, address::local(path), options));
  return made;
}

task<> unix_seqpacket_listener::close() {
  co_await object_.close();
  binding_.remove();
}

address unix_seqpacket_listener::local_address() const {
  return detail::local_address_of(object_.fd());
}

}  // namespace tridem
