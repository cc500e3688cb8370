// SPDX-License-Identifier: MIT
// Both ends of a TCP connection over loopback, for tests of what stands on streams.
#pragma once

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/gather.hpp>

#include <array>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace tridem::test {

struct tcp_connection {
  tcp_stream client;
  tcp_stream server;
};

inline task<tcp_connection> make_tcp_connection() {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  auto [client, server] =
      co_await gather(tcp_stream::connect(listener.local_address()), listener.accept());
  co_return tcp_connection{std::move(client), std::move(server)};
}

template <class S>
task<std::string> read_to_end(S& stream) {
  std::string all;
  std::array<char, 4096> chunk;
  for (;;) {
    const std::size_t count = co_await stream.read_some(as_writable_bytes(chunk));
    if (count == 0) co_return all;
    all.append(chunk.data(), count);
  }
}

/// Closes with a RST: the peer sees ECONNRESET.
inline void reset_connection(tcp_stream stream) {
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(stream.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace tridem::test
