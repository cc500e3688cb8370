// SPDX-License-Identifier: MIT
// Options reach the kernel, for each family in its own words, and refusals name them.
#include "tests/support/async_test.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/socket_options.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/io/udp.hpp>
#include <tridem/io/unix.hpp>

#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <system_error>

using namespace tridem;

namespace {

int option_of(int fd, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(fd, level, option, &value, &size) == 0);
  return value;
}

template <class F>
std::string refusal_of(F f) {
  try {
    f();
  } catch (const std::system_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TRIDEM_TEST("buffers of every kind of socket can be asked for") {
  test::tcp_connection pair = co_await test::make_tcp_connection();
  auto [first, second] = unix_stream::pair();
  udp_socket datagrams = udp_socket::bind(address::loopback());
  const auto check = [](const auto& socket) {
    send_buffer(socket, 20'000);
    receive_buffer(socket, 30'000);
    // The kernel doubles what is asked for.
    CHECK(send_buffer(socket) == 40'000);
    CHECK(receive_buffer(socket) == 60'000);
  };
  check(pair.client);
  check(first);
  check(datagrams);
}

TRIDEM_TEST("hop limit and traffic class, of IPv4 and of IPv6") {
  test::tcp_connection pair = co_await test::make_tcp_connection();
  hop_limit(pair.client, 7);
  traffic_class(pair.client, 0x28);
  CHECK(option_of(pair.client.native_handle(), IPPROTO_IP, IP_TTL) == 7);
  CHECK(option_of(pair.client.native_handle(), IPPROTO_IP, IP_TOS) == 0x28);
  udp_socket six = udp_socket::bind(address::ip("::1", 0));
  hop_limit(six, 9);
  traffic_class(six, 0x30);
  CHECK(option_of(six.native_handle(), IPPROTO_IPV6, IPV6_UNICAST_HOPS) == 9);
  CHECK(option_of(six.native_handle(), IPPROTO_IPV6, IPV6_TCLASS) == 0x30);

  const std::string too_far = refusal_of([&] { hop_limit(pair.client, 256); });
  CHECK(too_far.find("IP_TTL") != std::string::npos);
  const std::string closed = refusal_of([] { hop_limit(tcp_stream(), 1); });
  CHECK(closed.find("SO_DOMAIN") != std::string::npos);
}

TRIDEM_TEST("a socket that is bound to an interface uses no other") {
  udp_socket inside = udp_socket::bind(address::loopback());
  udp_socket receiver = udp_socket::bind(address::loopback());
  bind_to_interface(inside, "lo");
  const address to = receiver.local_address();
  const std::size_t sent = co_await inside.send_to(as_bytes("here"), to);
  CHECK(sent == 4);
  std::string room(10, ' ');
  const datagram got = co_await receiver.receive_from(as_writable_bytes(room));
  CHECK(got.size == 4);
  bind_to_interface(inside, "");
  const std::string unknown = refusal_of([&] { bind_to_interface(inside, "no-such-if"); });
  CHECK(unknown.find("'no-such-if'") != std::string::npos);
}
