// SPDX-License-Identifier: MIT
// What a driver is, under load: large transfers, many connections, and a storm of signals.
#include "tests/support/drivers.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>

#include <cerrno>
#include <csignal>
#include <deque>
#include <optional>
#include <string>
#include <sys/time.h>
#include <vector>

namespace tridem::test {
namespace {

using namespace std::chrono_literals;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 % 251);
  return text;
}

/// Sends all of `text` over one end and receives it at the other, one operation of each in flight.
std::string carry(raw_driver& io, const descriptor_pair& ends, const std::string& text) {
  std::string received(text.size(), '\0');
  std::size_t sent = 0;
  std::size_t got = 0;
  std::optional<single<send_operation>> out;
  std::optional<single<recv_operation>> in;
  const time_point end = io.under_test().now() + raw_driver::patience;
  while (got < text.size() && io.under_test().now() < end) {
    if (!out && sent < text.size()) {
      out.emplace(ends.second.get(), as_bytes(text).subspan(sent));
      io.submit(*out);
    }
    if (!in) {
      in.emplace(ends.first.get(), as_writable_bytes(received).subspan(got));
      io.submit(*in);
    }
    io.turn(end);
    if (out && out->state == operation_state::done) {
      REQUIRE(out->result > 0);
      sent += static_cast<std::size_t>(out->result);
      out.reset();
    }
    if (in->state == operation_state::done) {
      REQUIRE(in->result > 0);
      got += static_cast<std::size_t>(in->result);
      in.reset();
    }
  }
  // All may have arrived before the last send has been told so.
  if (out) io.finish(*out);
  return received;
}

TEST_CASE("conformance: megabytes over TCP arrive as they were sent") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_tcp_pair();
    const std::string text = pattern(16 << 20);
    CHECK(carry(io, ends, text) == text);
  });
}

volatile std::sig_atomic_t alarms = 0;

/// A signal every 0.3 ms whose handler does not restart system calls.
class signal_storm {
 public:
  signal_storm() {
    alarms = 0;
    struct sigaction counting{};
    counting.sa_handler = [](int) { alarms = alarms + 1; };
    ::sigaction(SIGALRM, &counting, &before_);
    const itimerval often{{0, 300}, {0, 300}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~signal_storm() {
    const itimerval off{};
    ::setitimer(ITIMER_REAL, &off, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
};

TEST_CASE("conformance: in a storm of signals no call is interrupted and no byte is lost") {
  for_each_driver([](raw_driver& io) {
    const signal_storm storm;
    const temporary_directory directory;
    const std::string name = directory / "file";
    const descriptor_pair ends = make_socket_pair();
    const std::string text = pattern(1 << 20);
    while (alarms < 300) {
      REQUIRE(carry(io, ends, text) == text);
      const time_point start = io.under_test().now();
      while (io.under_test().now() < start + 5ms) io.turn(start + 5ms);
      open_operation opening(AT_FDCWD, name.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
      REQUIRE(io.run(opening) >= 0);
      const descriptor file = opening.take_value();
      write_operation out(file.get(), as_bytes(text), 0);
      REQUIRE(io.run(out) > 0);
      fsync_operation sync(file.get());
      REQUIRE(io.run(sync) == 0);
    }
    ::unlink(name.c_str());
  });
}

TEST_CASE("conformance: hundreds of connections, each with a wait of its own") {
  for_each_driver([](raw_driver& io) {
    constexpr std::size_t count = 300;
    const listener at(mode::non_blocking, 512);
    std::deque<single<accept_operation>> accepting;
    std::deque<single<connect_operation>> connecting;
    std::vector<descriptor> active;
    for (std::size_t i = 0; i < count; ++i) {
      active.push_back(make_socket());
      accepting.emplace_back(at.socket.get());
      connecting.emplace_back(active.back().get(), at.as_sockaddr(), sizeof at.address);
      io.submit(accepting.back());
      io.submit(connecting.back());
    }
    std::vector<descriptor> passive;
    for (std::size_t i = 0; i < count; ++i) {
      REQUIRE(io.finish(connecting[i]) == 0);
      REQUIRE(io.finish(accepting[i]) >= 0);
      passive.push_back(accepting[i].take_value());
    }
    std::vector<std::string> texts(count, std::string(4, '\0'));
    std::deque<single<recv_operation>> in;
    for (std::size_t i = 0; i < count; ++i) {
      in.emplace_back(passive[i].get(), as_writable_bytes(texts[i]));
      io.submit(in.back());
    }
    io.look();
    for (const descriptor& each : active) send_text(each, "ping");
    for (std::size_t i = 0; i < count; ++i) CHECK(io.finish(in[i]) == 4);
    for (const std::string& text : texts) CHECK(text == "ping");
  });
}

}  // namespace
}  // namespace tridem::test
