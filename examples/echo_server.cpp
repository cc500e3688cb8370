// SPDX-License-Identifier: MIT
// Shows: a TCP server. Each connection is a task of one group; Ctrl-C ends it in order: no new
// connections, time for those at work, then a cancellation that every task obeys.
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

using namespace std::chrono_literals;

namespace {

struct options {
  std::uint16_t port = 7007;
  bool any_interface = false;
  std::chrono::seconds grace{5};
  tridem::driver_choice driver = tridem::driver_choice::automatic;
};

struct server {
  tridem::tcp_listener listener;
  tridem::event idle;  // set while no connection is open
  int open = 0;
  std::uint64_t connections = 0;
  std::uint64_t bytes = 0;
};

tridem::task<> echo(server& state, tridem::tcp_stream& peer) {
  std::array<std::byte, 16 * 1024> buffer;
  for (;;) {
    const std::size_t count = co_await peer.read_some(buffer);
    if (count == 0) co_return;
    co_await peer.write_all(std::span(buffer).first(count));
    state.bytes += count;
  }
}

// Counts a connection for as long as it lives, however it ends.
class open_connection {
 public:
  explicit open_connection(server& state) : state_(state) {
    ++state_.connections;
    if (++state_.open == 1) state_.idle.clear();
  }
  open_connection(const open_connection&) = delete;
  open_connection& operator=(const open_connection&) = delete;
  ~open_connection() {
    if (--state_.open == 0) state_.idle.set();
  }

 private:
  server& state_;
};

tridem::task<> serve(server& state, tridem::tcp_stream peer) {
  const open_connection counted(state);
  try {
    co_await echo(state, peer);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "a connection ended: %s\n", error.what());
  }
}

tridem::task<> accept_all(server& state, tridem::task_group& connections) {
  while (state.listener.is_open()) {
    auto accepted = co_await tridem::as_result(state.listener.accept());
    if (accepted) {
      connections.create_task(serve, std::ref(state), std::move(accepted).value());
    } else if (state.listener.is_open()) {
      // Too many open files, for example: the others go on, and one of them will make room.
      std::fprintf(stderr, "accept: %s\n", accepted.error().message().c_str());
      co_await tridem::sleep(100ms);
    }
  }
}

tridem::task<> async_main(options chosen) {
  const tridem::address at = chosen.any_interface ? tridem::address::any(chosen.port)
                                                  : tridem::address::loopback(chosen.port);
  server state;
  state.listener = tridem::tcp_listener::bind(at);
  state.idle.set();
  tridem::signal_set signals{SIGINT, SIGTERM};
  std::printf("listening on %s (%s)\n", state.listener.local_address().to_string().c_str(),
              tridem::event_loop::current().driver_name());

  auto body = [&](tridem::task_group& connections) -> tridem::task<> {
    connections.create_task(accept_all, std::ref(state), std::ref(connections));
    co_await signals.wait();
    co_await state.listener.close();
    std::printf("%d connections have %lld s to end; Ctrl-C again ends them now\n", state.open,
                static_cast<long long>(chosen.grace.count()));
    co_await tridem::race(state.idle.wait(), signals.wait(), tridem::sleep(chosen.grace));
    connections.cancel();
  };
  co_await tridem::with_task_group(std::ref(body));
  std::printf("%llu connections, %llu bytes\n", static_cast<unsigned long long>(state.connections),
              static_cast<unsigned long long>(state.bytes));
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
