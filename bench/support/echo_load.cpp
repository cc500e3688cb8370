// SPDX-License-Identifier: MIT
// The load of the echo bench: one thread, epoll, one request under way on each connection.
//
//   echo_load <port> <pid of the server> <connections> <bytes> <seconds>
//
// Prints requests per second, the latency of a request (p50, p99), and the CPU time of the server
// process per request, all over the measured span only, which follows a warm-up of a fifth of it.
#include "bench/support/figure.hpp"
#include "bench/support/histogram.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::uint64_t read_clock(clockid_t which) {
  ::timespec time{};
  if (::clock_gettime(which, &time) != 0) fail("clock_gettime");
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}
std::uint64_t now() {
  return read_clock(CLOCK_MONOTONIC);
}

clockid_t cpu_clock_of(::pid_t process) {
  clockid_t clock{};
  errno = ::clock_getcpuclockid(process, &clock);
  if (errno != 0) fail("clock_getcpuclockid of the server");
  return clock;
}

struct connection {
  int fd = -1;
  std::size_t missing = 0;  // bytes of the answer that have not come back
  std::uint64_t asked_at = 0;
};

class load {
 public:
  load(std::uint16_t port, std::size_t connections, std::size_t bytes)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), request_(bytes, 'x'), answer_(bytes) {
    if (epoll_ < 0) fail("epoll_create1");
    connections_.resize(connections);
    for (connection& c : connections_) open(c, port);
    for (connection& c : connections_) ask(c);
  }
  load(const load&) = delete;
  load& operator=(const load&) = delete;
  ~load() {
    // The last answers are taken, so that no server meets a connection reset.
    for (const connection& c : connections_) {
      static_cast<void>(::recv(c.fd, answer_.data(), c.missing, MSG_WAITALL));
      ::close(c.fd);
    }
    ::close(epoll_);
  }

  /// Keeps every connection busy for `span_ns`; returns the number of answers.
  std::uint64_t run(std::uint64_t span_ns) {
    latencies_.clear();
    const std::uint64_t end = now() + span_ns;
    std::vector<::epoll_event> ready(256);
    while (now() < end) {
      const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 100);
      if (count < 0 && errno != EINTR) fail("epoll_wait");
      for (int i = 0; i < count; ++i)
        receive(connections_[ready[static_cast<std::size_t>(i)].data.u64]);
    }
    return latencies_.total();
  }
  [[nodiscard]] const bench::histogram& latencies() const noexcept { return latencies_; }

 private:
  void open(connection& c, std::uint16_t port) {
    ::sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c.fd < 0) fail("socket");
    if (::connect(c.fd, reinterpret_cast<const ::sockaddr*>(&server), sizeof server) != 0) {
      fail("connect");
    }
    const int on = 1;
    ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.u64 = static_cast<std::uint64_t>(&c - connections_.data());
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &interest) != 0) fail("epoll_ctl");
  }
  // Blocks at most while the server reads: a request always fits into the buffers of a connection.
  void ask(connection& c) {
    c.missing = request_.size();
    c.asked_at = now();
    const ::ssize_t sent = ::send(c.fd, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<::ssize_t>(request_.size())) fail("send");
  }
  void receive(connection& c) {
    const ::ssize_t got = ::recv(c.fd, answer_.data(), c.missing, MSG_DONTWAIT);
    if (got == 0) throw std::runtime_error("the server closed a connection");
    if (got < 0) fail("recv");
    c.missing -= static_cast<std::size_t>(got);
    if (c.missing != 0) return;
    latencies_.add(now() - c.asked_at);
    ask(c);
  }

  int epoll_;
  std::vector<connection> connections_;
  std::string request_;
  std::vector<char> answer_;
  bench::histogram latencies_;
};

void measure(int argc, char** argv) {
  if (argc != 6) throw std::invalid_argument("usage: echo_load port pid connections bytes seconds");
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const clockid_t server_cpu = cpu_clock_of(std::atoi(argv[2]));
  const auto connections = static_cast<std::size_t>(std::atoi(argv[3]));
  const auto bytes = static_cast<std::size_t>(std::atoi(argv[4]));
  const auto span = static_cast<std::uint64_t>(std::atof(argv[5]) * 1e9);

  load clients(port, connections, bytes);
  clients.run(span / 5);
  const std::uint64_t begin = now();
  const std::uint64_t cpu_begin = read_clock(server_cpu);
  const auto answers = static_cast<double>(clients.run(span));
  const std::uint64_t cpu = read_clock(server_cpu) - cpu_begin;
  const std::uint64_t wall = now() - begin;

  const auto print = [](const char* question, const char* unit, double value) {
    bench::report({.subject = "", .question = question, .unit = unit, .value = value});
  };
  print("requests", "1/s", answers / static_cast<double>(wall) * 1e9);
  print("p50", "us", clients.latencies().quantile(0.50) / 1e3);
  print("p99", "us", clients.latencies().quantile(0.99) / 1e3);
  print("server CPU", "us", static_cast<double>(cpu) / answers / 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(argc, argv);
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "echo_load: %s\n", failure.what());
    return 1;
  }
}
