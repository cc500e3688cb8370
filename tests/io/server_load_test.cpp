// SPDX-License-Identifier: MIT
// Thousands of connections to one server, of which few talk: none is lost, none is mixed up.
// bench/idle_connections.cpp does the same with many more, and says what they cost.
#include "tests/support/async_test.hpp"

#include <tridem/io/buffered_stream.hpp>
#include <tridem/io/server.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

task<> echo_lines(tcp_stream stream) {
  buffered_stream peer(std::move(stream));
  std::string line;
  for (;;) {
    const bool any = co_await peer.read_line(line);
    if (!any) co_return;
    co_await peer.write(line + "\n");
    co_await peer.flush();
  }
}

task<bool> exchange(tcp_stream& stream, std::size_t which, int round) {
  const std::string line = std::to_string(which) + " " + std::to_string(round) + "\n";
  co_await stream.write_all(as_bytes(line));
  std::string answer(line.size(), ' ');
  co_await stream.read_exactly(as_writable_bytes(answer));
  co_return answer == line;
}

task<int> talk(tcp_stream& stream, std::size_t which, int rounds) {
  int right = 0;
  for (int i = 0; i < rounds; ++i) {
    const bool same = co_await exchange(stream, which, i);
    if (same) ++right;
  }
  co_return right;
}

task<int> ask_everybody(std::vector<tcp_stream>& streams, int round) {
  std::vector<task<bool>> asking;
  for (std::size_t i = 0; i < streams.size(); ++i) asking.push_back(exchange(streams[i], i, round));
  const std::vector<bool> same = co_await gather(std::move(asking));
  co_return static_cast<int>(std::ranges::count(same, true));
}

// As many connections as there may be descriptors for, with both ends in this process.
int possible_connections(int wanted) {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const auto possible = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1'000'000) - 100) / 2;
  return std::min(wanted, possible);
}

}  // namespace

TRIDEM_TEST("two thousand connections of which one in a hundred talks") {
  const int count = possible_connections(2000);
  tcp_listener listener = tcp_listener::bind(address::loopback());
  const address where = listener.local_address();
  server one =
      start_server(std::move(listener), echo_lines, {.handshake_limit = 1h, .idle_limit = 1h});
  std::vector<tcp_stream> streams;
  for (int i = 0; i < count; ++i) streams.push_back(co_await tcp_stream::connect(where));
  int right = co_await ask_everybody(streams, 0);
  CHECK(right == count);
  CHECK(one.stats().open == static_cast<std::size_t>(count));

  constexpr int rounds = 50;
  std::vector<task<int>> talking;
  for (std::size_t i = 0; i < streams.size(); i += 100) {
    talking.push_back(talk(streams[i], i, rounds));
  }
  const std::size_t talkers = talking.size();
  const std::vector<int> said = co_await gather(std::move(talking));
  CHECK(std::ranges::count(said, rounds) == static_cast<std::ptrdiff_t>(talkers));

  right = co_await ask_everybody(streams, 1);
  CHECK(right == count);
  streams.clear();
  co_await one.stop();
  CHECK(one.stats().accepted == static_cast<std::uint64_t>(count));
  CHECK(one.stats().failed == 0);
}
