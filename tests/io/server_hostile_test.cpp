// SPDX-License-Identifier: MIT
// A server among clients that dribble, keep silent, reset, do not read, and use up all descriptors:
// it stays up, serves the others, and says once what is wrong.
#include "tests/support/async_test.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/raw_descriptors.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/buffered_stream.hpp>
#include <tridem/io/server.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

// Answers each line with as many bytes as it says.
task<> serve_bytes(tcp_stream stream) {
  buffered_stream peer(std::move(stream));
  for (;;) {
    const std::optional<std::string> line = co_await peer.read_line();
    if (!line) co_return;
    const std::string answer(std::stoul(*line), 'b');
    co_await peer.write(answer);
    co_await peer.flush();
  }
}

struct target {
  explicit target(server_options options)
      : listener(tcp_listener::bind(address::loopback())),
        where(listener.local_address()),
        serving(start_server(std::move(listener), serve_bytes, options)) {
    serving.on_error([this](const std::exception_ptr& error) { count(error); });
  }
  void count(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::system_error& failure) {
      if (failure.code() == std::errc::timed_out) ++timed_out;
      if (failure.code() == std::errc::connection_reset) ++reset;
    }
  }
  task<> until_only(std::size_t left) {
    while (serving.stats().open != left) co_await sleep(1ms);
  }

  tcp_listener listener;
  address where;
  server serving;
  int timed_out = 0;
  int reset = 0;
};

task<bool> is_served(tcp_stream& client) {
  co_await client.write_all(as_bytes("5\n"));
  std::string answer(5, ' ');
  const std::size_t count = co_await client.read_exactly(as_writable_bytes(answer));
  co_return count == 5 && answer == "bbbbb";
}

// Sends a line that never ends, a byte at a time, until the server has had enough.
task<> dribble(address where) {
  tcp_stream stream = co_await tcp_stream::connect(where);
  for (;;) {
    const auto sent = co_await as_result(stream.write_some(as_bytes("1")));
    if (!sent) co_return;
    co_await sleep(5ms);
  }
}

class descriptor_limit {
 public:
  /// Leaves room for `more` descriptors.
  explicit descriptor_limit(int more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::fcntl(0, F_DUPFD, 0);
    ::close(next);
    ::rlimit low = before_;
    low.rlim_cur = static_cast<rlim_t>(next + more);
    ::setrlimit(RLIMIT_NOFILE, &low);
  }
  descriptor_limit(const descriptor_limit&) = delete;
  descriptor_limit& operator=(const descriptor_limit&) = delete;
  ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  ::rlimit before_{};
};

std::size_t times_in(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace

TRIDEM_TEST("slowloris: a line that never ends is cut off although bytes keep coming") {
  target one({.handshake_limit = 1h, .idle_limit = 500ms});
  tcp_stream healthy = co_await tcp_stream::connect(one.where);
  auto body = [&](task_group& group) -> task<> {
    for (int i = 0; i < 100; ++i) group.create_task(dribble(one.where));
    for (int i = 0; i < 30; ++i) {
      const bool served = co_await is_served(healthy);
      CHECK(served);
      co_await sleep(10ms);
    }
  };
  co_await with_task_group(body);  // ends when every dribbler was cut off
  CHECK(one.timed_out >= 100);
  co_await one.serving.stop(0ms);
}

TRIDEM_TEST("peers that are gone without a word are let go") {
  target one({.handshake_limit = 50ms, .idle_limit = 100ms});
  std::vector<tcp_stream> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(co_await tcp_stream::connect(one.where));
  // Half of them had a conversation before.
  for (std::size_t i = 0; i < 50; ++i) {
    const auto served = co_await as_result(is_served(silent[i]));
    (void)served;
  }
  while (one.serving.stats().accepted != 100) co_await sleep(1ms);
  co_await one.until_only(0);
  CHECK(one.timed_out == 100);
  co_await one.serving.stop();
}

TRIDEM_TEST("peers whose machine has vanished, without FIN and without RST, are let go") {
  target one({.handshake_limit = 1h, .idle_limit = 500ms});
  for (int i = 0; i < 20; ++i) {
    tcp_stream client = co_await tcp_stream::connect(one.where);
    const bool served = co_await is_served(client);
    CHECK(served);
    // What one closes in this mode is gone, and tells nobody. Source: tcp(7), TCP_REPAIR.
    const int on = 1;
    if (::setsockopt(client.native_handle(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0) {
      MESSAGE("TCP_REPAIR needs CAP_NET_ADMIN: not tested");
      co_await client.close();
      co_await one.until_only(0);
      co_await one.serving.stop();
      co_return;
    }
  }
  tcp_stream healthy = co_await tcp_stream::connect(one.where);
  while (one.serving.stats().open > 1) {
    const bool served = co_await is_served(healthy);
    CHECK(served);
    co_await sleep(10ms);
  }
  CHECK(one.timed_out == 20);
  co_await one.serving.stop(0ms);
}

TRIDEM_TEST("a client that closes its half gets its answers, and is then let go") {
  target one({});
  tcp_stream client = co_await tcp_stream::connect(one.where);
  co_await client.write_all(as_bytes("3\n100000\n"));
  co_await client.shutdown();
  const std::string answer = co_await test::read_to_end(client);
  CHECK(answer.size() == 100'003);
  co_await one.until_only(0);
  co_await one.serving.stop();
}

TRIDEM_TEST("a client that does not read what it asked for is let go") {
  target one({.idle_limit = 100ms});
  tcp_stream client = co_await tcp_stream::connect(one.where);
  co_await client.write_all(as_bytes("100000000\n"));
  while (one.serving.stats().accepted == 0) co_await sleep(1ms);
  co_await one.until_only(0);
  CHECK(one.timed_out == 1);
  co_await one.serving.stop();
}

TRIDEM_TEST("a storm of resets, at every stage of a connection, is no news") {
  target one({});
  test::captured_stderr said;
  tcp_stream healthy = co_await tcp_stream::connect(one.where);
  for (int i = 0; i < 600; ++i) {
    tcp_stream client = co_await tcp_stream::connect(one.where);
    if (i % 3 == 1) co_await client.write_all(as_bytes("1000"));
    if (i % 3 == 2) {
      co_await client.write_all(as_bytes("100000\n"));
      if (i % 2 == 0) co_await yield();
    }
    test::reset_connection(std::move(client));
    if (i % 50 == 0) {
      const bool served = co_await is_served(healthy);
      CHECK(served);
    }
  }
  // Those that wait to be accepted are not open yet.
  while (one.serving.stats().accepted != 601) co_await sleep(1ms);
  co_await one.until_only(1);
  const bool served = co_await is_served(healthy);
  CHECK(served);
  co_await one.serving.stop(0ms);
  const std::string text = said.end();
  CHECK(text.empty());
}

TRIDEM_TEST("out of descriptors: accepting pauses, says so once, and goes on when some are free") {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  co_return;  // the sanitizer probes memory through a pipe, and ends when it gets none
#endif
#endif
  target one({.handshake_limit = 1h, .idle_limit = 1h});
  std::vector<tcp_stream> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(co_await tcp_stream::connect(one.where));
  while (one.serving.stats().accepted != 40) co_await sleep(1ms);
  test::captured_stderr said;
  std::string text;
  {
    // Both ends are in this process, so the clients have their descriptors before.
    std::vector<descriptor> more;
    for (int i = 0; i < 8; ++i) more.push_back(test::make_socket(test::mode::blocking));
    const descriptor_limit low(0);
    for (descriptor& socket : more) {
      const auto* to = static_cast<const sockaddr*>(one.where.data());
      REQUIRE(::connect(socket.get(), to, one.where.size()) == 0);
      REQUIRE(::fcntl(socket.get(), F_SETFL, O_RDWR | O_NONBLOCK) == 0);
      clients.emplace_back(std::move(socket));
    }
    // Five accepts that fail wait 10, 20, 40, 80 ms for each other: nothing spins meanwhile.
    const time_point begun = event_loop::current().fresh_now();
    const std::uint64_t pauses_before = one.serving.stats().pauses;
    while (one.serving.stats().pauses < pauses_before + 5) co_await sleep(1ms);
    CHECK(event_loop::current().fresh_now() - begun >= 100ms);
    // Those who are in are served meanwhile.
    for (std::size_t i = 0; i < 40; ++i) {
      const bool served = co_await is_served(clients[i]);
      CHECK(served);
    }
    CHECK(one.serving.is_accepting());
    // Each that leaves makes room for one that waits.
    const std::size_t all = clients.size();
    for (int i = 0; i < 10; ++i) co_await clients[static_cast<std::size_t>(i)].close();
    while (one.serving.stats().accepted != all) co_await sleep(1ms);
    for (std::size_t i = 40; i < all; ++i) {
      const bool served = co_await is_served(clients[i]);
      CHECK(served);
    }
  }
  text = said.end();
  CHECK(times_in(text, "pauses accepting") == 1);
  CHECK(text.find("ulimit -n") != std::string::npos);
  co_await one.serving.stop(0ms);
}
