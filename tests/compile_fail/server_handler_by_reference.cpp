// SPDX-License-Identifier: MIT
// The stream of a connection belongs to its handler, so it is not lent.
// expect: the handler of start_server is called with the stream of a connection, by value
#include <tridem/io/server.hpp>
#include <tridem/io/tcp.hpp>

tridem::task<> handler(tridem::tcp_stream& stream);

void wrong() {
  auto server =
      tridem::start_server(tridem::tcp_listener::bind(tridem::address::loopback()), handler);
}
