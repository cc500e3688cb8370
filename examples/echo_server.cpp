// SPDX-License-Identifier: MIT
// Shows: a TCP server. Each connection is a task; Ctrl-C ends it in order: no new connections, time
// for those at work, then a cancellation that every task obeys.
//
//   echo_server [--port 7007] [--any] [--grace seconds] [--driver automatic|uring|asio]
#include <tridem/tridem.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct options {
  std::uint16_t port = 7007;
  bool any_interface = false;
  std::chrono::seconds grace{5};
  tridem::driver_choice driver = tridem::driver_choice::automatic;
};

tridem::task<> echo(std::uint64_t& bytes, tridem::tcp_stream peer) {
  std::array<std::byte, 16 * 1024> buffer;
  for (;;) {
    const std::size_t count = co_await peer.read_some(buffer);
    if (count == 0) co_return;
    co_await peer.write_all(std::span(buffer).first(count));
    bytes += count;
  }
}

tridem::task<> async_main(options chosen) {
  const tridem::address at = chosen.any_interface ? tridem::address::any(chosen.port)
                                                  : tridem::address::loopback(chosen.port);
  auto listener = tridem::tcp_listener::bind(at);
  tridem::signal_set signals{SIGINT, SIGTERM};
  std::printf("listening on %s (%s)\n", listener.local_address().to_string().c_str(),
              tridem::event_loop::current().driver_name());

  std::uint64_t bytes = 0;
  auto handler = [&](tridem::tcp_stream peer) { return echo(bytes, std::move(peer)); };
  auto server = tridem::start_server(std::move(listener), handler);

  co_await signals.wait();
  std::printf("%zu connections have %lld s to end; Ctrl-C again ends them now\n",
              server.stats().open, static_cast<long long>(chosen.grace.count()));
  co_await tridem::race(server.stop(chosen.grace), signals.wait());
  co_await server.close();
  std::printf("%llu connections, %llu bytes\n",
              static_cast<unsigned long long>(server.stats().accepted),
              static_cast<unsigned long long>(bytes));
}

[[noreturn]] void usage() {
  std::fputs("usage: echo_server [--port n] [--any] [--grace seconds] [--driver name]\n", stderr);
  std::exit(2);
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) usage();
  return value;
}

tridem::driver_choice driver_named(std::string_view name) {
  if (name == "automatic") return tridem::driver_choice::automatic;
  if (name == "uring") return tridem::driver_choice::uring;
  if (name == "asio") return tridem::driver_choice::asio;
  usage();
}

options parse(int count, char** words) {
  options chosen;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--any") {
      chosen.any_interface = true;
      continue;
    }
    if (++i == count) usage();
    const std::string_view value = words[i];
    if (word == "--port") {
      chosen.port = number<std::uint16_t>(value);
    } else if (word == "--grace") {
      chosen.grace = std::chrono::seconds(number<int>(value));
    } else if (word == "--driver") {
      chosen.driver = driver_named(value);
    } else {
      usage();
    }
  }
  return chosen;
}

}  // namespace

int main(int count, char** words) {
  const options chosen = parse(count, words);
  std::setvbuf(stdout, nullptr, _IOLBF,
               0);  // whoever reads it through a pipe sees each line at once
  try {
    tridem::run(async_main(chosen), {.driver = chosen.driver});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "echo_server: %s\n", error.what());
    return 1;
  }
}
