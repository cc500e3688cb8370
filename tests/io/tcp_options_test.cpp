// SPDX-License-Identifier: MIT
// What a connection can be told, and what it refuses.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/io/socket_options.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/io/udp.hpp>
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

TRIDEM_TEST("a connection starts where it is told to, with the buffers it is told to have") {
  listen_options listening;
  listening.receive_buffer = 50'000;
  tcp_listener listener = tcp_listener::bind(address::loopback(), listening);
  const address where = listener.local_address();
  connect_options options;
  options.local = address::ip("127.0.0.2", 0);
  options.send_buffer = 20'000;
  options.receive_buffer = 30'000;
  tcp_stream client = co_await tcp_stream::connect(where, options);
  tcp_stream server = co_await listener.accept();
  CHECK(server.peer_address().host() == "127.0.0.2");
  CHECK(server.peer_address() == client.local_address());
  CHECK(send_buffer(client) == 40'000);
  CHECK(receive_buffer(client) == 60'000);
  CHECK(receive_buffer(server) == 100'000);

  // A port that was said is that port, and a second one on it is refused by name.
  options.local = client.local_address();
  const auto again = co_await as_result(tcp_stream::connect(where, options));
  CHECK_FALSE(again);
  options.local = address::ip("192.0.2.1", 0);
  const std::string foreign =
      co_await test::text_of<std::system_error>(tcp_stream::connect(where, options));
  CHECK(foreign.find("192.0.2.1") != std::string::npos);
}

TRIDEM_TEST("fast open: the first write may travel with the first packet") {
  listen_options listening;
  listening.fast_open = 8;
  tcp_listener listener = tcp_listener::bind(address::loopback(), listening);
  connect_options options;
  options.fast_open = true;
  for (int i = 0; i < 3; ++i) {
    tcp_stream client = co_await tcp_stream::connect(listener.local_address(), options);
    co_await client.write_all(as_bytes("first"));
    tcp_stream server = co_await listener.accept();
    std::array<char, 5> got{};
    co_await server.read_exactly(as_writable_bytes(got));
    CHECK(std::string(got.data(), got.size()) == "first");
    co_await server.write_all(as_bytes("back!"));
    co_await client.read_exactly(as_writable_bytes(got));
    CHECK(std::string(got.data(), got.size()) == "back!");
  }
}

TRIDEM_TEST("what is no address of the internet is refused by name") {
  for (const address& wrong : {address(), address::local("/tmp/anything")}) {
    const auto connected = co_await as_result(tcp_stream::connect(wrong));
    CHECK(connected.error() == std::errc::address_family_not_supported);
    CHECK_THROWS_AS(static_cast<void>(tcp_listener::bind(wrong)), std::system_error);
    CHECK_THROWS_AS(static_cast<void>(udp_socket::bind(wrong)), std::system_error);
  }
}
