// SPDX-License-Identifier: MIT
// Happy eyeballs against listeners that answer, refuse, and keep silent.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/io/connect_any.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <string>
#include <sys/socket.h>
#include <system_error>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

address refusing() {
  tcp_listener short_lived = tcp_listener::bind(address::loopback());
  return short_lived.local_address();
}

bool has_ipv6() {
  try {
    tcp_listener any = tcp_listener::bind(address::parse("[::1]:0"));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// A listener whose queue is full, so that the next connection is neither taken nor refused.
struct silent_listener {
  task<> fill() {
    for (;;) {
      auto connected =
          co_await as_result(wait_for(tcp_stream::connect(socket.local_address()), 50ms));
      if (!connected) co_return;
      queued.push_back(std::move(connected));
    }
  }
  tcp_listener socket = tcp_listener::bind(address::loopback(), {.backlog = 1});
  std::vector<result<tcp_stream>> queued;
};

}  // namespace

TEST_CASE("families take turns, and the first of the list decides which begins") {
  const auto v4 = [](std::uint16_t port) { return address::loopback(port); };
  const auto v6 = [](std::uint16_t port) { return address::ip("::1", port); };
  const std::vector<address> mixed{v6(1), v6(2), v6(3), v4(4), v4(5)};
  const std::vector<address> expected{v6(1), v4(4), v6(2), v4(5), v6(3)};
  CHECK(interleave_families(mixed) == expected);
  CHECK(interleave_families({}).empty());
  const std::vector<address> alone{v4(2), v4(1)};
  CHECK(interleave_families(alone) == alone);
}

TRIDEM_TEST("the first address that answers is taken") {
  tcp_listener first = tcp_listener::bind(address::loopback());
  tcp_listener second = tcp_listener::bind(address::loopback());
  const std::vector<address> both{first.local_address(), second.local_address()};
  tcp_stream stream = co_await connect_any(both);
  CHECK(stream.peer_address() == first.local_address());
  tcp_stream taken = co_await first.accept();
}

TRIDEM_TEST("a refusal begins the next attempt at once") {
  tcp_listener good = tcp_listener::bind(address::loopback());
  const std::vector<address> candidates{refusing(), refusing(), good.local_address()};
  // Would take hours if a refusal had to wait for its delay.
  tcp_stream stream = co_await connect_any(candidates, {.attempt_delay = 1h});
  CHECK(stream.peer_address() == good.local_address());
}

TRIDEM_TEST("an address that keeps silent is overtaken after the delay, and its attempt ended") {
  silent_listener silent;
  co_await silent.fill();
  tcp_listener good = tcp_listener::bind(address::loopback());
  const std::vector<address> candidates{silent.socket.local_address(), good.local_address()};
  tcp_stream stream = co_await connect_any(candidates, {.attempt_delay = 20ms});
  CHECK(stream.peer_address() == good.local_address());
}

TRIDEM_TEST("IPv6 that does not answer gives way to IPv4") {
  if (!has_ipv6()) {
    MESSAGE("no IPv6 here: not tested");
    co_return;
  }
  tcp_listener good = tcp_listener::bind(address::loopback());
  const std::uint16_t port = good.local_address().port();
  const std::vector<address> candidates{address::ip("::1", port), good.local_address()};
  tcp_stream stream = co_await connect_any(candidates);
  CHECK(stream.peer_address() == good.local_address());
}

TRIDEM_TEST("when all fail, the error names each address, its cause, and what was wanted") {
  const std::vector<address> candidates{refusing(), refusing()};
  const std::string text = co_await test::text_of<std::system_error>(
      connect_any(candidates, connect_any_options{}, std::string("the database")));
  CHECK(text.find("connect to the database: 2 addresses tried") != std::string::npos);
  for (const address& one : candidates) {
    CHECK(text.find(one.to_string() + ": Connection refused") != std::string::npos);
  }
  const auto connected = co_await as_result(connect_any(candidates));
  CHECK(connected.error() == std::errc::connection_refused);
  const auto none = co_await as_result(connect_any(std::vector<address>{}));
  CHECK(none.error() == std::errc::invalid_argument);
}

TRIDEM_TEST("a cancellation ends all attempts") {
  silent_listener silent;
  co_await silent.fill();
  const std::vector<address> candidates(3, silent.socket.local_address());
  const auto connected =
      co_await as_result(wait_for(connect_any(candidates, {.attempt_delay = 5ms}), 60ms));
  CHECK(!connected);
}

TRIDEM_TEST("each attempt starts where the options say") {
  tcp_listener good = tcp_listener::bind(address::loopback());
  connect_any_options options;
  options.connection.local = address::ip("127.0.0.3", 0);
  const std::vector<address> candidates{address::ip("::1", 1), good.local_address()};
  tcp_stream stream = co_await connect_any(candidates, options);
  CHECK(stream.local_address().host() == "127.0.0.3");
}
