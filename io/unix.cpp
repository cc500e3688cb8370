// SPDX-License-Identifier: MIT
// Making unix streams: what stands outside the path of an operation.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/unix.hpp>

#include <sys/socket.h>

namespace tridem {

task<unix_stream> unix_stream::connect(address peer) {
  descriptor socket = co_await detail::connect_local(peer, SOCK_STREAM);
  co_return unix_stream(std::move(socket));
}

task<unix_stream> unix_stream::connect(std::string path) {
  const address peer = address::local(path);
  co_return co_await connect(peer);
}

std::pair<unix_stream, unix_stream> unix_stream::pair() {
  auto [first, second] = detail::make_socket_pair(SOCK_STREAM);
  return {unix_stream(std::move(first)), unix_stream(std::move(second))};
}

unix_listener unix_listener::bind(const address& at, unix_listen_options options) {
  unix_listener made;
  made.object_ = detail::io_object(detail::listen_local(made.binding_, SOCK_STREAM, at, options));
  return made;
}

task<> unix_listener::close() {
  co_await object_.close();
  binding_.remove();
}

address unix_listener::local_address() const {
  return detail::local_address_of(object_.fd());
}

}  // namespace tridem
