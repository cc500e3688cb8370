// SPDX-License-Identifier: MIT
// What connections have in common: the same program over TCP and within a machine.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/stream_socket.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/gather.hpp>

#include <array>
#include <string>
#include <type_traits>
#include <utility>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

static_assert(!std::is_constructible_v<stream_socket>, "only a part of others");
static_assert(!std::is_constructible_v<stream_socket, tcp_stream>);
static_assert(readable_stream<stream_socket> && writable_stream<stream_socket>);
static_assert(lending_stream<unix_stream> && lending_stream<tcp_stream>);

template <class Stream>
task<> send_in_parts(Stream& to) {
  const std::array parts{as_bytes("one "), as_bytes("two\n")};
  co_await to.writev(parts);
  co_await to.write_all(as_bytes("three"));
  co_await to.shutdown();
}

template <class Stream>
task<> use(Stream one, Stream other) {
  auto [sent, line] = co_await gather(send_in_parts(one), [&]() -> task<std::string> {
    co_await other.readable();
    std::string text;
    const std::size_t length = co_await other.read_until(text, "\n");
    CHECK(length == 8);
    co_return text;
  }());
  CHECK(line.starts_with("one two\n"));
  while (line.size() < 13) {
    received_bytes more = co_await other.receive();
    REQUIRE(!more.empty());
    line += as_text(more.bytes());
  }
  CHECK(line == "one two\nthree");
  const received_bytes end = co_await other.receive();
  CHECK(end.empty());

  other.idle_limit(1h);
  CHECK(other.idle_limit() == 1h);
  CHECK(one.idle_limit() == duration::max());
  CHECK(other.local_address().family() == one.peer_address().family());

  co_await one.close();
  CHECK_FALSE(one.is_open());
  const std::string closed = co_await test::text_of<std::system_error>(one.receive());
  CHECK(closed.find("closed") != std::string::npos);
  const descriptor released = other.release();
  CHECK(released.get() >= 0);
  CHECK_FALSE(other.is_open());
}

}  // namespace

TRIDEM_TEST("a connection over TCP") {
  test::tcp_connection ends = co_await test::make_tcp_connection();
  co_await use(std::move(ends.client), std::move(ends.server));
}

TRIDEM_TEST("a connection within the machine") {
  auto [one, other] = unix_stream::pair();
  co_await use(std::move(one), std::move(other));
}

TRIDEM_TEST("a first limit is whole milliseconds, and never shorter than asked for") {
  auto [one, other] = unix_stream::pair();
  one.idle_limit(1h, 1ns);
  const std::string text = co_await test::text_of<std::system_error>(one.receive());
  CHECK(text.find("0.001 s") != std::string::npos);
  one.idle_limit(duration::max(), duration::max());
  CHECK(one.idle_limit() == duration::max());
}
