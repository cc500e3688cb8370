// SPDX-License-Identifier: MIT
// Shows: a web service. HTTP by Boost.Beast on the loop, what costs a processor in worker
// processes, so that neither a long computation nor a crash holds up anybody else. SIGTERM or
// Ctrl-C ends it in order: no new connections, answers to open requests, then a deadline.
//
//   http_service [--port 8080] [--workers n] [--limit milliseconds] [--grace seconds]
//   curl localhost:8080/primes?below=1000000
#include "http_service/connection.hpp"
#include "http_service/routes.hpp"

#include <tridem/tridem.hpp>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct options {
  std::uint16_t port = 8080;
  std::size_t workers = 0;  // 0: one per usable CPU
  std::chrono::milliseconds limit{2000};
  std::chrono::seconds grace{5};
};

tridem::task<> async_main(options chosen) {
  // What computes here does not ask whether it is still wanted: it gets no time to notice.
  tridem::process_pool workers{{.workers = chosen.workers, .grace = std::chrono::milliseconds(20)}};
  http_service::routes answers(workers, chosen.limit);
  tridem::signal_set signals{SIGINT, SIGTERM};
  tridem::event stopping;
  auto listener = tridem::tcp_listener::bind(tridem::address::loopback(chosen.port));
  std::printf("listening on %s\n", listener.local_address().to_string().c_str());
  auto serve_client = [&](tridem::tcp_stream client) {
    return http_service::serve(std::move(client), answers, stopping);
  };
  tridem::server web = tridem::start_server(std::move(listener), std::ref(serve_client));

  const int signal = co_await signals.wait();
  std::printf("signal %d: stopping\n", signal);
  stopping.set();
  // Open requests are answered as long as the time of grace lasts, then cut off.
  co_await web.stop(chosen.grace);
  co_await workers.shutdown();
  const unsigned long long served = web.stats().accepted;
  std::printf("%llu connections were served\n", served);
}

[[noreturn]] void usage() {
  std::fputs(
      "usage: http_service [--port n] [--workers n] [--limit milliseconds] [--grace seconds]\n",
      stderr);
  std::exit(2);
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) usage();
  return value;
}

options parse(int count, char** words) {
  options chosen;
  for (int i = 1; i < count; i += 2) {
    const std::string_view word = words[i];
    if (i + 1 == count) usage();
    const std::string_view value = words[i + 1];
    if (word == "--port") {
      chosen.port = number<std::uint16_t>(value);
    } else if (word == "--workers") {
      chosen.workers = number<std::size_t>(value);
    } else if (word == "--limit") {
      chosen.limit = std::chrono::milliseconds(number<int>(value));
    } else if (word == "--grace") {
      chosen.grace = std::chrono::seconds(number<int>(value));
    } else {
      usage();
    }
  }
  return chosen;
}

}  // namespace

int main(int count, char** words) {
  const options chosen = parse(count, words);
  // Whoever reads it through a pipe sees each line at once.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    tridem::run(async_main(chosen));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http_service: %s\n", error.what());
    return 1;
  }
}
