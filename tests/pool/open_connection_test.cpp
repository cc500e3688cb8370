// SPDX-License-Identifier: MIT
// From a name to a connection.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/pool/open_connection.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <string>
#include <system_error>

using namespace tridem;
using namespace std::chrono_literals;

TRIDEM_TEST("a name leads to the listener, by whichever of its addresses that is") {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  const std::uint16_t port = listener.local_address().port();
  tcp_stream client = co_await open_connection("localhost", port);
  tcp_stream server = co_await listener.accept();
  CHECK(server.peer_address() == client.local_address());

  tcp_stream by_text = co_await open_connection("127.0.0.1", std::to_string(port));
  CHECK(by_text.peer_address() == listener.local_address());
}

TRIDEM_TEST("a refusal names the host and every address") {
  std::uint16_t port = 0;
  {
    tcp_listener short_lived = tcp_listener::bind(address::loopback());
    port = short_lived.local_address().port();
  }
  const std::string text =
      co_await test::text_of<std::system_error>(open_connection("localhost", port));
  CHECK(text.find("'localhost'") != std::string::npos);
  CHECK(text.find("127.0.0.1:" + std::to_string(port) + ": ") != std::string::npos);
}

TRIDEM_TEST("an unknown host is told before anything is connected") {
  const auto opened = co_await as_result(open_connection("no-such-host.invalid", 80));
  CHECK(&opened.error().category() == &resolve_category());
}

TRIDEM_TEST("it obeys a deadline, whatever it is doing then") {
  const auto opened = co_await as_result(wait_for(open_connection("localhost", 1), 0ms));
  CHECK(!opened);
}
