// SPDX-License-Identifier: MIT
// A server in order: connections, limits, errors of handlers, and the stages of its end.
#include "tests/support/async_test.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/buffered_stream.hpp>
#include <tridem/io/server.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

template <class S>
task<> echo_to(S stream) {
  buffered_stream peer(std::move(stream));
  for (;;) {
    const std::optional<std::string> line = co_await peer.read_line();
    if (!line) co_return;
    if (*line == "fail") throw std::runtime_error("asked to fail");
    if (*line == "throw 42") throw 42;
    co_await peer.write(*line + "\n");
    co_await peer.flush();
  }
}

task<> echo_lines(tcp_stream stream) {
  return echo_to(std::move(stream));
}

template <class S>
task<std::string> ask(S& server, std::string question) {
  question += "\n";
  co_await server.write_all(as_bytes(question));
  buffered_stream lines(server);
  std::optional<std::string> answer = co_await lines.read_line();
  co_return answer.value_or("the end");
}

struct at_work {
  explicit at_work(server_options options = {})
      : listener(tcp_listener::bind(address::loopback())),
        where(listener.local_address()),
        serving(start_server(std::move(listener), echo_lines, options)) {}
  tcp_listener listener;
  address where;
  server serving;
};

task<> until_open(server& one, std::size_t count) {
  while (one.stats().open != count) co_await sleep(1ms);
}

}  // namespace

TRIDEM_TEST("each connection has a task of its own, and stop ends all in order") {
  at_work one;
  std::vector<tcp_stream> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(co_await tcp_stream::connect(one.where));
  for (int i = 49; i >= 0; --i) {
    const std::string text = "hello " + std::to_string(i);
    const std::string answer = co_await ask(clients[static_cast<std::size_t>(i)], text);
    CHECK(answer == text);
  }
  CHECK(one.serving.stats().open == 50);
  CHECK(one.serving.stats().accepted == 50);
  CHECK(one.serving.is_accepting());
  clients.clear();
  co_await one.serving.stop();
  CHECK(one.serving.stats().open == 0);
  CHECK(one.serving.stats().failed == 0);
  CHECK(!one.serving.is_accepting());
  const auto refused = co_await as_result(tcp_stream::connect(one.where));
  CHECK(refused.error() == std::errc::connection_refused);
  co_await one.serving.stop();
  co_await one.serving.wait();
}

TRIDEM_TEST("stop lets a handler finish what it has begun") {
  at_work one;
  tcp_stream client = co_await tcp_stream::connect(one.where);
  const std::string first = co_await ask(client, "first");
  auto finish = [](tcp_stream& peer) -> task<std::string> {
    co_await sleep(20ms);
    std::string answer = co_await ask(peer, "last words");
    co_await peer.shutdown();
    co_return answer;
  };
  auto [none, answer] = co_await gather(one.serving.stop(1h), finish(client));
  static_cast<void>(none);
  CHECK(answer == "last words");
}

TRIDEM_TEST("when the grace is over the handlers are cancelled, and stop returns") {
  at_work one;
  tcp_stream client = co_await tcp_stream::connect(one.where);
  const std::string first = co_await ask(client, "first");
  auto stopping = one.serving.stop(1h);
  const auto late = co_await as_result(wait_for(std::move(stopping), 10ms));
  CHECK(!late);
  CHECK(one.serving.stats().open == 1);
  co_await one.serving.stop(10ms);
  CHECK(one.serving.stats().open == 0);
  CHECK(one.serving.stats().failed == 0);
  const std::string end = co_await test::read_to_end(client);
  CHECK(end.empty());
}

TRIDEM_TEST("a server that is dropped, or was never begun, ends without anybody waiting") {
  std::optional<at_work> one(std::in_place);
  tcp_stream client = co_await tcp_stream::connect(one->where);
  const std::string first = co_await ask(client, "first");
  one.reset();
  const std::string end = co_await test::read_to_end(client);
  CHECK(end.empty());

  std::optional<at_work> unborn(std::in_place);
  const address where = unborn->where;
  unborn.reset();
  co_await sleep(1ms);
  const auto refused = co_await as_result(tcp_stream::connect(where));
  CHECK(!refused);
}

TRIDEM_TEST("stop before the first turn of a server ends it too") {
  at_work one;
  co_await one.serving.stop(1h);
  CHECK(one.serving.stats().accepted == 0);
}

TEST_CASE("the end of run ends a server that somebody still holds") {
  server kept;
  auto body = [&]() -> task<> {
    kept = start_server(tcp_listener::bind(address::loopback()), echo_lines);
    co_await yield();
  };
  run(body());
  CHECK(!kept.is_accepting());
  kept = server();
}

TRIDEM_TEST("with() closes a server on every way out") {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  const address where = listener.local_address();
  auto body = [&](server& one) -> task<> {
    tcp_stream client = co_await tcp_stream::connect(where);
    const std::string answer = co_await ask(client, "hello");
    CHECK(answer == "hello");
    CHECK(one.stats().open == 1);
    throw std::runtime_error("left by a throw");
  };
  const std::string text = co_await test::text_of<std::runtime_error>(
      with(start_server(std::move(listener), echo_lines), body));
  CHECK(text == "left by a throw");
  const auto refused = co_await as_result(tcp_stream::connect(where));
  CHECK(!refused);
}

TRIDEM_TEST("an error of a handler ends its connection only, and is told with its way") {
  at_work one;
  test::captured_stderr said;
  tcp_stream healthy = co_await tcp_stream::connect(one.where);
  for (const char* word : {"fail", "throw 42"}) {
    tcp_stream client = co_await tcp_stream::connect(one.where);
    const std::string answer = co_await ask(client, word);
    CHECK(answer == "the end");
  }
  const std::string text = said.end();
  CHECK(text.find("server on " + one.where.to_string()) != std::string::npos);
  CHECK(text.find("asked to fail") != std::string::npos);
  CHECK(text.find("echo_to") != std::string::npos);
  const std::string answer = co_await ask(healthy, "still here");
  CHECK(answer == "still here");
  CHECK(one.serving.stats().failed == 2);
  co_await one.serving.stop(0ms);
}

TRIDEM_TEST("on_error gets the errors instead, and may throw") {
  at_work one;
  std::vector<std::string> errors;
  one.serving.on_error([&](const std::exception_ptr& error) {
    errors.push_back(format_exception(error));
    throw std::logic_error("on_error has a bug");
  });
  test::captured_stderr said;
  tcp_stream client = co_await tcp_stream::connect(one.where);
  const std::string answer = co_await ask(client, "fail");
  CHECK(answer == "the end");
  const std::string text = said.end();
  CHECK(text.find("on_error has a bug") != std::string::npos);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("asked to fail") != std::string::npos);
  co_await one.serving.stop(0ms);
}

TRIDEM_TEST("beyond the limit of connections clients wait until one has ended") {
  at_work one({.max_connections = 2});
  CHECK(one.serving.options().max_connections == 2);
  std::vector<tcp_stream> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(co_await tcp_stream::connect(one.where));
  co_await ask(clients[0], "one");
  co_await ask(clients[1], "two");
  CHECK(one.serving.stats().open == 2);
  auto third = create_task(ask(clients[2], "three"));
  co_await sleep(20ms);
  CHECK(!third.done());
  CHECK(one.serving.stats().accepted == 2);
  co_await clients[0].close();
  const std::string answer = co_await std::move(third);
  CHECK(answer == "three");
  co_await until_open(one.serving, 2);
  co_await one.serving.stop(0ms);
}

TRIDEM_TEST("who says nothing is let go: at first soon, later after the idle limit") {
  at_work one({.handshake_limit = 50ms, .idle_limit = 150ms});
  std::vector<std::string> errors;
  one.serving.on_error([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::system_error& failure) {
      CHECK(failure.code() == std::errc::timed_out);
      errors.emplace_back(failure.what());
    }
  });
  tcp_stream silent = co_await tcp_stream::connect(one.where);
  tcp_stream talking = co_await tcp_stream::connect(one.where);
  co_await ask(talking, "hello");
  const std::string end = co_await test::read_to_end(silent);
  CHECK(end.empty());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("0.05 s") != std::string::npos);
  CHECK(errors[0].find("receive") != std::string::npos);
  const std::string later = co_await test::read_to_end(talking);
  CHECK(later.empty());
  REQUIRE(errors.size() == 2);
  CHECK(errors[1].find("0.15 s") != std::string::npos);
  co_await one.serving.stop();
}

TRIDEM_TEST("a listener that fails is told to who waits, and connections go on") {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  const address where = listener.local_address();
  const int number = listener.native_handle();
  server one = start_server(std::move(listener), echo_lines);
  tcp_stream client = co_await tcp_stream::connect(where);
  co_await ask(client, "hello");
  test::captured_stderr said;
  ::shutdown(number, SHUT_RDWR);  // as nobody should
  auto waiting = create_task(one.wait());
  while (one.is_accepting()) co_await sleep(1ms);
  const std::string answer = co_await ask(client, "still here");
  CHECK(answer == "still here");
  co_await client.close();
  const std::string error = co_await test::text_of<std::system_error>(std::move(waiting));
  CHECK(error.find("accept") != std::string::npos);
  const std::string text = said.end();
  CHECK(text.find("does not accept any more") != std::string::npos);
}

TRIDEM_TEST("a unix listener is served like any other") {
  unix_listener listener = unix_listener::bind(address::local("@tridem-server-test"));
  const address where = listener.local_address();
  auto serving = start_server(std::move(listener), echo_to<unix_stream>, {.idle_limit = 1h});
  unix_stream client = co_await unix_stream::connect(where);
  const std::string answer = co_await ask(client, "hello");
  CHECK(answer == "hello");
  co_await client.close();
  co_await serving.stop();
  CHECK(serving.stats().accepted == 1);
}

TRIDEM_TEST("an idle limit ends a wait with an error, and the stream goes on") {
  test::tcp_connection pair = co_await test::make_tcp_connection();
  pair.server.idle_limit(10ms);
  CHECK(pair.server.idle_limit() == 10ms);
  std::array<char, 8> buffer{};
  const auto late = co_await as_result(pair.server.read_some(as_writable_bytes(buffer)));
  CHECK(late.error() == std::errc::timed_out);
  const std::string text =
      co_await test::text_of<std::system_error>(pair.server.read_some(as_writable_bytes(buffer)));
  CHECK(text.find("where nothing moved for 0.01 s") != std::string::npos);

  // Moved with the stream, and told apart from a cancellation.
  tcp_stream moved = std::move(pair.server);
  auto given_up = [&](cancel_scope& scope) -> task<> {
    scope.deadline(now() + 1ms);
    co_await moved.read_some(as_writable_bytes(buffer));
  };
  const bool went_on = co_await with_cancel_scope(given_up);
  CHECK(!went_on);
  moved.idle_limit(duration::max());
  co_await pair.client.write_all(as_bytes("late"));
  const std::size_t count = co_await moved.read_some(as_writable_bytes(buffer));
  CHECK(count == 4);

  // A write that nobody reads waits too.
  moved.idle_limit(10ms);
  const std::string much(32 << 20, 'w');
  const auto written = co_await as_result(moved.write_all(as_bytes(much)));
  CHECK(written.error() == std::errc::timed_out);
}
