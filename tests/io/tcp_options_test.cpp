// SPDX-License-Identifier: MIT
// What a connection can be told, and what it refuses.
#include "tests/support/async_test.hpp"

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <array>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <system_error>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

struct connection {
  tcp_stream client;
  tcp_stream server;
};

task<connection> make_connection() {
  listen_options options;
  options.fast_open = 8;
  tcp_listener listener = tcp_listener::bind(address::loopback(), options);
  auto [client, server] =
      co_await gather(tcp_stream::connect(listener.local_address()), listener.accept());
  co_return connection{std::move(client), std::move(server)};
}

}  // namespace

TRIDEM_TEST("a second read or write at the same time is refused, and disturbs nothing") {
  connection pair = co_await make_connection();
  std::array<char, 4> buffer{};
  std::array<char, 4> other{};
  auto reading = create_task(pair.server.read_exactly(as_writable_bytes(buffer)));
  co_await yield();
  const auto second = co_await as_result(pair.server.read_some(as_writable_bytes(other)));
  CHECK(second.error() == std::errc::device_or_resource_busy);
  co_await pair.client.write_all(as_bytes("kept"));
  const std::size_t count = co_await std::move(reading);
  CHECK(count == 4);
  CHECK(std::string(buffer.data(), 4) == "kept");
  co_await pair.client.write_all(as_bytes("more"));
  const std::size_t more = co_await pair.server.read_exactly(as_writable_bytes(other));
  CHECK(more == 4);
}

TRIDEM_TEST("options reach the socket, and refusals name them") {
  connection pair = co_await make_connection();
  keep_alive_options often;
  often.after = 3s;
  often.every = 2s;
  often.probes = 4;
  pair.client.keep_alive(often);
  const auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(pair.client.native_handle(), level, name, &value, &size);
    return value;
  };
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 3);
  CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 2);
  CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 4);
  pair.client.no_keep_alive();
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 0);
  pair.client.acknowledged_within(1500ms);
  CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 1500);
  CHECK(option(IPPROTO_TCP, TCP_NODELAY) == 1);
  pair.client.no_delay(false);
  CHECK(option(IPPROTO_TCP, TCP_NODELAY) == 0);

  std::string text;
  often.probes = 0;
  try {
    pair.client.keep_alive(often);
  } catch (const std::system_error& error) {
    text = error.what();
  }
  CHECK(text.find("TCP_KEEPCNT") != std::string::npos);

  pair.client.reset_at_close();
  co_await pair.client.close();
  std::array<char, 8> buffer{};
  const auto read = co_await as_result(pair.server.read_some(as_writable_bytes(buffer)));
  CHECK(read.error() == std::errc::connection_reset);
}
