// SPDX-License-Identifier: MIT
// TCP on whichever driver serves the test: bytes, ends, errors, and closing under a pending
// operation.
#include "tests/support/async_test.hpp"

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <array>
#include <chrono>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

struct connection {
  tcp_stream client;
  tcp_stream server;
};

task<connection> make_connection() {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  auto [client, server] =
      co_await gather(tcp_stream::connect(listener.local_address()), listener.accept());
  co_return connection{std::move(client), std::move(server)};
}

task<std::string> read_to_end(tcp_stream& stream) {
  std::string all;
  std::array<char, 1000> chunk;
  for (;;) {
    const std::size_t count = co_await stream.read_some(as_writable_bytes(chunk));
    if (count == 0) co_return all;
    all.append(chunk.data(), count);
  }
}

task<> send_and_end(tcp_stream& stream, std::string text) {
  co_await stream.write_all(as_bytes(text));
  co_await stream.shutdown();
}

// Resets the connection instead of ending it.
void abort_connection(tcp_stream stream) {
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(stream.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

TRIDEM_TEST("bytes cross a connection in both directions") {
  connection pair = co_await make_connection();
  CHECK(pair.client.peer_address() == pair.server.local_address());
  CHECK(pair.server.peer_address() == pair.client.local_address());

  co_await pair.client.write_all(as_bytes("ping"));
  std::array<char, 4> got{};
  const std::size_t count = co_await pair.server.read_exactly(as_writable_bytes(got));
  CHECK(count == 4);
  CHECK(std::string(got.data(), 4) == "ping");
  co_await pair.server.write_all(as_bytes("pong"));
  co_await pair.client.read_exactly(as_writable_bytes(got));
  CHECK(std::string(got.data(), 4) == "pong");
}

TRIDEM_TEST("a number that was closed and given out again means the new connection") {
  int first_number = -1;
  bool was_used_again = false;
  for (int round = 0; round < 8; ++round) {
    connection pair = co_await make_connection();
    const int number = pair.server.native_handle();
    if (round == 0) first_number = number;
    was_used_again |= round > 0 && number == first_number;

    // The read waits twice, so that the driver knows the number well when it is closed.
    for (const char* text : {"once", "more"}) {
      std::array<char, 4> got{};
      const auto later = [](tcp_stream& peer, const char* what) -> task<> {
        co_await yield();
        co_await peer.write_all(as_bytes(what));
      };
      co_await gather(pair.server.read_exactly(as_writable_bytes(got)), later(pair.client, text));
      CHECK(std::string(got.data(), 4) == text);
    }
    if (round % 2 == 0) co_await pair.server.close();
  }
  CHECK(was_used_again);
}

TRIDEM_TEST("a large transfer arrives whole, whatever the sizes of the pieces") {
  connection pair = co_await make_connection();
  std::string sent(8 << 20, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 3);
  auto [none, got] = co_await gather(send_and_end(pair.client, sent), read_to_end(pair.server));
  static_cast<void>(none);
  CHECK(got == sent);
}

TRIDEM_TEST("the end of the peer's stream is a read of zero, and not an error") {
  connection pair = co_await make_connection();
  co_await pair.client.shutdown();
  std::array<char, 8> buffer{};
  const std::size_t first = co_await pair.server.read_some(as_writable_bytes(buffer));
  CHECK(first == 0);
  // The other direction still works.
  co_await pair.server.write_all(as_bytes("late"));
  const std::size_t count = co_await pair.client.read_exactly(as_writable_bytes(buffer).first(4));
  CHECK(count == 4);
}

TRIDEM_TEST("read_exactly tells of a stream that ends too early") {
  connection pair = co_await make_connection();
  co_await send_and_end(pair.client, "abc");
  std::array<char, 8> buffer{};
  const std::size_t count = co_await pair.server.read_exactly(as_writable_bytes(buffer));
  CHECK(count == 3);
}

TRIDEM_TEST("read_until finds a delimiter that lies across two reads, and keeps what follows") {
  connection pair = co_await make_connection();
  co_await pair.client.write_all(as_bytes("one\r"));
  task_handle<void> rest =
      create_task(send_and_end, std::ref(pair.client), std::string("\ntwo\r\nend"));
  std::string buffer;
  std::size_t length = co_await pair.server.read_until(buffer, "\r\n");
  CHECK(buffer.substr(0, length) == "one\r\n");
  buffer.erase(0, length);
  length = co_await pair.server.read_until(buffer, "\r\n");
  CHECK(buffer.substr(0, length) == "two\r\n");
  buffer.erase(0, length);
  length = co_await pair.server.read_until(buffer, "\r\n");
  CHECK(length == 0);
  CHECK(buffer == "end");
  co_await rest;
}

TRIDEM_TEST("writev sends all of its parts, empty ones and many ones included") {
  connection pair = co_await make_connection();
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.emplace_back(static_cast<std::size_t>(i % 7), 'a');
  texts.emplace_back(4 << 20, 'z');
  std::vector<const_buffer> parts;
  std::string expected;
  for (const std::string& text : texts) {
    parts.push_back(as_bytes(text));
    expected += text;
  }
  task_handle<std::string> reading = create_task(read_to_end(pair.server));
  co_await pair.client.writev(parts);
  co_await pair.client.shutdown();
  const std::string got = co_await reading;
  CHECK(got == expected);
}

TRIDEM_TEST("a reset by the peer is an error that names operation and cause") {
  connection pair = co_await make_connection();
  abort_connection(std::move(pair.client));
  std::array<char, 8> buffer{};
  std::error_code code;
  std::string text;
  try {
    co_await pair.server.read_some(as_writable_bytes(buffer));
  } catch (const std::system_error& error) {
    code = error.code();
    text = error.what();
  }
  CHECK(code == std::errc::connection_reset);
  CHECK(text.find("recv") != std::string::npos);
}

TRIDEM_TEST("writing to a peer that is gone is an error, and no signal") {
  connection pair = co_await make_connection();
  abort_connection(std::move(pair.client));
  std::error_code code;
  for (int i = 0; i < 100 && !code; ++i) {
    const auto written = co_await as_result(pair.server.write_some(as_bytes("x")));
    code = written.error();
  }
  const bool expected = code == std::errc::broken_pipe || code == std::errc::connection_reset;
  CHECK(expected);
  const auto again = co_await as_result(pair.server.write_some(as_bytes("x")));
  CHECK(again.error() == std::errc::broken_pipe);
}

TRIDEM_TEST("a refused connection names the address") {
  address nobody;
  {
    tcp_listener short_lived = tcp_listener::bind(address::loopback());
    nobody = short_lived.local_address();
  }
  std::string text;
  std::error_code code;
  try {
    tcp_stream stream = co_await tcp_stream::connect(nobody);
  } catch (const std::system_error& error) {
    text = error.what();
    code = error.code();
  }
  CHECK(code == std::errc::connection_refused);
  CHECK(text.find(nobody.to_string()) != std::string::npos);
}

TRIDEM_TEST("connecting by host and port takes numbers and localhost, no names") {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  const std::uint16_t port = listener.local_address().port();
  tcp_stream stream = co_await tcp_stream::connect("localhost", port);
  CHECK(stream.peer_address() == listener.local_address());
  bool refused = false;
  try {
    stream = co_await tcp_stream::connect("example.org", port);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  CHECK(refused);
}

TRIDEM_TEST("a cancelled read loses nothing that arrives later") {
  connection pair = co_await make_connection();
  std::array<char, 8> buffer{};
  bool timed_out = false;
  try {
    co_await wait_for(pair.server.read_some(as_writable_bytes(buffer)), 1ms);
  } catch (const timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  co_await send_and_end(pair.client, "kept");
  const std::string got = co_await read_to_end(pair.server);
  CHECK(got == "kept");
}

TRIDEM_TEST("closing ends a pending read and a pending accept with an error of theirs") {
  connection pair = co_await make_connection();
  std::array<char, 8> buffer{};
  auto reading = create_task(as_result(pair.server.read_some(as_writable_bytes(buffer))));
  tcp_listener listener = tcp_listener::bind(address::loopback());
  auto accepting = create_task(as_result(listener.accept()));
  co_await sleep(1ms);

  co_await pair.server.close();
  co_await listener.close();
  const auto read = co_await std::move(reading);
  CHECK(read.error() == std::errc::operation_canceled);
  const auto accepted = co_await std::move(accepting);
  CHECK(accepted.error() == std::errc::operation_canceled);
  CHECK(!pair.server.is_open());
  co_await pair.server.close();
}

TRIDEM_TEST("an operation that was made before the close does not reach the number's next owner") {
  connection pair = co_await make_connection();
  std::array<char, 8> buffer{};
  auto stale = pair.server.read_some(as_writable_bytes(buffer));
  co_await pair.server.close();
  connection next = co_await make_connection();
  co_await next.client.write_all(as_bytes("not for you"));
  const auto read = co_await as_result(std::move(stale));
  CHECK(read.error() == std::errc::bad_file_descriptor);
}

TRIDEM_TEST("in a scope that is cancelled already nothing is read, accepted or connected") {
  connection pair = co_await make_connection();
  tcp_listener listener = tcp_listener::bind(address::loopback());
  co_await pair.client.write_all(as_bytes("unread"));
  std::array<char, 8> buffer{};
  auto read = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    co_await pair.server.read_some(as_writable_bytes(buffer));
  };
  auto accept = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    tcp_stream none = co_await listener.accept();
  };
  auto connect = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    tcp_stream none = co_await tcp_stream::connect(listener.local_address());
  };
  const bool read_ended = co_await with_cancel_scope(read);
  const bool accept_ended = co_await with_cancel_scope(accept);
  const bool connect_ended = co_await with_cancel_scope(connect);
  const int stopped = (read_ended ? 0 : 1) + (accept_ended ? 0 : 1) + (connect_ended ? 0 : 1);
  CHECK(stopped == 3);
  co_await pair.client.shutdown();
  const std::string got = co_await read_to_end(pair.server);
  CHECK(got == "unread");
}

TRIDEM_TEST("a storm of signals interrupts nothing") {
  struct sigaction quiet{};
  quiet.sa_handler = [](int) {};
  struct sigaction before{};
  ::sigaction(SIGALRM, &quiet, &before);
  const ::itimerval every{.it_interval = {0, 500}, .it_value = {0, 500}};
  ::setitimer(ITIMER_REAL, &every, nullptr);

  connection pair = co_await make_connection();
  const std::string sent(32 << 20, 's');
  auto [none, got] = co_await gather(send_and_end(pair.client, sent), read_to_end(pair.server));
  static_cast<void>(none);
  co_await sleep(5ms);
  const bool whole = got == sent;
  CHECK(whole);

  const ::itimerval never_again{};
  ::setitimer(ITIMER_REAL, &never_again, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
}

TRIDEM_TEST("many connections at once") {
  constexpr int count = 200;
  tcp_listener listener = tcp_listener::bind(address::loopback());
  std::vector<task_handle<tcp_stream>> connecting;
  for (int i = 0; i < count; ++i) {
    connecting.push_back(create_task(tcp_stream::connect(listener.local_address())));
  }
  std::vector<tcp_stream> clients;
  std::vector<tcp_stream> servers;
  for (int i = 0; i < count; ++i) servers.push_back(co_await listener.accept());
  for (auto& handle : connecting) clients.push_back(co_await std::move(handle));
  for (tcp_stream& client : clients) {
    const std::string name = client.local_address().to_string();
    co_await send_and_end(client, name);
  }
  int right = 0;
  for (tcp_stream& server : servers) {
    const std::string name = co_await read_to_end(server);
    if (name == server.peer_address().to_string()) ++right;
  }
  CHECK(right == count);
}

TEST_CASE("binding to an address in use names the address") {
  const tcp_listener first = tcp_listener::bind(address::loopback());
  std::string text;
  try {
    const tcp_listener second = tcp_listener::bind(first.local_address());
  } catch (const std::system_error& error) {
    text = error.what();
    CHECK(error.code() == std::errc::address_in_use);
  }
  CHECK(text.find(first.local_address().to_string()) != std::string::npos);
}
