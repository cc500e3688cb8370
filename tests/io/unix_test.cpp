// SPDX-License-Identifier: MIT
// Unix streams and listeners: bytes, descriptors, names, and a backlog that is full.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <array>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;
using tridem::test::temporary_directory;
using tridem::test::text_of;

namespace {

struct connection {
  unix_stream client;
  unix_stream server;
};

task<connection> make_connection(unix_listener& listener) {
  auto [client, server] =
      co_await gather(unix_stream::connect(listener.local_address()), listener.accept());
  co_return connection{std::move(client), std::move(server)};
}

task<std::string> read_to_end(unix_stream& stream) {
  std::string all;
  std::array<char, 1000> chunk;
  for (;;) {
    const std::size_t count = co_await stream.read_some(as_writable_bytes(chunk));
    if (count == 0) co_return all;
    all.append(chunk.data(), count);
  }
}

task<> send_and_end(unix_stream& stream, std::string text) {
  co_await stream.write_all(as_bytes(text));
  co_await stream.shutdown();
}

int open_descriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

std::vector<descriptor> make_pipe_ends(int pipes) {
  std::vector<descriptor> ends;
  for (int i = 0; i < pipes; ++i) {
    std::array<int, 2> both{};
    REQUIRE(::pipe2(both.data(), O_CLOEXEC) == 0);
    ends.emplace_back(both[0]);
    ends.emplace_back(both[1]);
  }
  return ends;
}

std::vector<int> numbers_of(const std::vector<descriptor>& owned) {
  std::vector<int> numbers;
  for (const descriptor& one : owned) numbers.push_back(one.get());
  return numbers;
}

}  // namespace

TRIDEM_TEST("unix: bytes cross in both directions, by path and by abstract name") {
  const temporary_directory place;
  const std::string abstract = "@tridem-test-" + std::to_string(::getpid());
  for (const std::string& name : {place / "socket", abstract}) {
    unix_listener listener = unix_listener::bind(name);
    CHECK(listener.local_address() == address::local(name));
    auto [client, server] = co_await gather(unix_stream::connect(name), listener.accept());
    CHECK(client.peer_address() == address::local(name));
    CHECK(client.local_address().family() == address_family::local);
    CHECK(client.local_address().to_string() == "unix:");
    auto [none, got] = co_await gather(send_and_end(client, "ping"), read_to_end(server));
    static_cast<void>(none);
    CHECK(got == "ping");
    const std::array<const_buffer, 3> parts{as_bytes("po"), as_bytes(""), as_bytes("ng")};
    co_await server.writev(parts);
    co_await server.shutdown();
    const std::string back = co_await read_to_end(client);
    CHECK(back == "pong");
  }
}

TRIDEM_TEST("unix: both ends of a pair are connected, and know each other's credentials") {
  auto [left, right] = unix_stream::pair();
  std::string big(3 << 20, 'u');
  auto [none, got] = co_await gather(send_and_end(left, big), read_to_end(right));
  static_cast<void>(none);
  CHECK(got == big);
  const unix_credentials peer = left.peer_credentials();
  CHECK(peer.pid == ::getpid());
  CHECK(peer.user == ::geteuid());
  CHECK(peer.group == ::getegid());
}

TRIDEM_TEST("unix: a second read or write at the same time is refused, and disturbs nothing") {
  auto [left, right] = unix_stream::pair();
  std::array<char, 4> buffer{};
  std::array<char, 4> other{};
  auto reading = create_task(left.read_exactly(as_writable_bytes(buffer)));
  co_await yield();
  const std::string text =
      co_await text_of<std::system_error>(left.read_some(as_writable_bytes(other)));
  CHECK(text.find("another read of this stream is in flight") != std::string::npos);
  const auto refused = co_await as_result(left.receive(as_writable_bytes(other)));
  CHECK(!refused.has_value());
  co_await right.write_all(as_bytes("kept"));
  const std::size_t count = co_await std::move(reading);
  CHECK(count == 4);
  CHECK(std::string(buffer.data(), 4) == "kept");

  const std::string big(4 << 20, 'w');
  auto writing = create_task(left.write_all(as_bytes(big)));
  co_await yield();
  const auto second = co_await as_result(left.write_some(as_bytes("x")));
  CHECK(second.error() == std::errc::device_or_resource_busy);
  auto collecting = create_task(read_to_end(right));
  co_await std::move(writing);
  co_await left.shutdown();
  const std::string got = co_await std::move(collecting);
  CHECK(got == big);
}

TRIDEM_TEST("unix: descriptors travel with the first byte, and work at the other end") {
  auto [left, right] = unix_stream::pair();
  const std::vector<descriptor> ends = make_pipe_ends(1);
  const std::vector<int> numbers = numbers_of(ends);
  const std::size_t sent = co_await left.send_with_descriptors(as_bytes("two ends"), numbers);
  CHECK(sent == 8);
  std::string text(20, '\0');
  received_message got = co_await right.receive(as_writable_bytes(text));
  CHECK(got.size == 8);
  CHECK(text.substr(0, 8) == "two ends");
  CHECK(!got.descriptors_lost);
  REQUIRE(got.descriptors.size() == 2);
  for (const descriptor& one : got.descriptors) {
    CHECK((::fcntl(one.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  REQUIRE(::write(got.descriptors[1].get(), "x", 1) == 1);
  char byte = 0;
  REQUIRE(::read(ends[0].get(), &byte, 1) == 1);
  CHECK(byte == 'x');

  co_await left.shutdown();
  const received_message end = co_await right.receive(as_writable_bytes(text));
  CHECK(end.size == 0);
  CHECK(end.descriptors.empty());
}

TRIDEM_TEST("unix: as many descriptors as a message carries, and what is one too many") {
  auto [left, right] = unix_stream::pair();
  const descriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  std::vector<int> numbers(most_descriptors, null.get());
  const int before = open_descriptors();
  co_await left.send_with_descriptors(as_bytes("x"), numbers);
  std::array<char, 8> buffer{};
  {
    const received_message got = co_await right.receive(as_writable_bytes(buffer));
    CHECK(got.descriptors.size() == most_descriptors);
  }
  CHECK(open_descriptors() == before);
  numbers.push_back(null.get());
  const std::string many =
      co_await text_of<std::system_error>(left.send_with_descriptors(as_bytes("x"), numbers));
  CHECK(many.find("254") != std::string::npos);
  numbers.resize(1);
  const std::string alone =
      co_await text_of<std::system_error>(left.send_with_descriptors(const_buffer{}, numbers));
  CHECK(alone.find("at least one byte") != std::string::npos);
  const std::array<int, 1> closed{9'999};
  const auto bad = co_await as_result(left.send_with_descriptors(as_bytes("x"), closed));
  CHECK(!bad.has_value());
}

TRIDEM_TEST("unix: a message with more descriptors than wanted keeps none, and says so") {
  auto [left, right] = unix_stream::pair();
  const int before = open_descriptors();
  for (const std::size_t most : {0U, 1U, 2U, 3U}) {
    const std::vector<descriptor> ends = make_pipe_ends(2);
    const std::vector<int> numbers = numbers_of(ends);
    co_await left.send_with_descriptors(as_bytes("four"), numbers);
    std::array<char, 8> buffer{};
    const received_message got = co_await right.receive(as_writable_bytes(buffer), most);
    CHECK(got.size == 4);
    CHECK(got.descriptors_lost);
    CHECK(got.descriptors.empty());
  }
  CHECK(open_descriptors() == before);
}

TRIDEM_TEST("unix: descriptors that this process has no number for are lost with a word") {
  auto [left, right] = unix_stream::pair();
  const std::vector<descriptor> ends = make_pipe_ends(2);
  const std::vector<int> numbers = numbers_of(ends);
  co_await left.send_with_descriptors(as_bytes("four"), numbers);
  std::array<char, 8> buffer{};
  ::rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const descriptor lowest{::fcntl(0, F_DUPFD_CLOEXEC, 3)};
  ::rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest.get() + 2);
  const int crowded = open_descriptors();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  const received_message got = co_await right.receive(as_writable_bytes(buffer));
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(got.size == 4);
  CHECK(got.descriptors_lost);
  CHECK(got.descriptors.empty());
  CHECK(open_descriptors() == crowded);
}

TRIDEM_TEST("unix: descriptors are not lost to a cancellation, and not to a plain read either") {
  auto [left, right] = unix_stream::pair();
  std::array<char, 8> buffer{};
  const int before = open_descriptors();
  for (int round = 0; round < 50; ++round) {
    const std::vector<descriptor> ends = make_pipe_ends(1);
    const std::vector<int> numbers = numbers_of(ends);
    std::size_t taken = 0;
    auto body = [&](cancel_scope& scope) -> task<> {
      auto receive = [&]() -> task<> {
        const received_message got = co_await right.receive(as_writable_bytes(buffer));
        taken = got.descriptors.size();
      };
      auto send = [&]() -> task<> {
        if (round % 2 == 0) co_await yield();
        co_await left.send_with_descriptors(as_bytes("x"), numbers);
        if (round % 3 == 0) co_await yield();
        scope.cancel();
      };
      co_await gather(receive(), send());
    };
    co_await with_cancel_scope(body);
    if (taken == 0) {
      const received_message later = co_await right.receive(as_writable_bytes(buffer));
      taken = later.descriptors.size();
    }
    CHECK(taken == 2);
  }
  const std::vector<descriptor> ends = make_pipe_ends(1);
  const std::vector<int> numbers = numbers_of(ends);
  co_await left.send_with_descriptors(as_bytes("plain"), numbers);
  const std::size_t count = co_await right.read_some(as_writable_bytes(buffer));
  CHECK(count == 5);
  CHECK(open_descriptors() == before + 2);
}

TRIDEM_TEST("unix: descriptors that nobody took are gone with the socket") {
  const int before = open_descriptors();
  {
    auto [left, right] = unix_stream::pair();
    std::vector<descriptor> ends = make_pipe_ends(1);
    const std::vector<int> numbers = numbers_of(ends);
    co_await left.send_with_descriptors(as_bytes("x"), numbers);
    ends.erase(ends.begin() + 1);
    // The writing end lives on in the message only.
    co_await left.close();
    co_await right.close();
    char byte = 0;
    CHECK(::read(ends[0].get(), &byte, 1) == 0);
  }
  CHECK(open_descriptors() == before);
}

TRIDEM_TEST("unix: connecting waits while the backlog is full, and can be cancelled") {
  const temporary_directory place;
  unix_listen_options none_waits;
  none_waits.backlog = 0;
  unix_listener listener = unix_listener::bind(place / "socket", none_waits);
  const address there = listener.local_address();
  std::vector<task_handle<unix_stream>> connecting;
  for (int i = 0; i < 8; ++i) connecting.push_back(create_task(unix_stream::connect(there)));
  co_await sleep(5ms);
  bool too_late = false;
  try {
    unix_stream none = co_await wait_for(unix_stream::connect(there), 20ms);
  } catch (const timeout_error&) {
    too_late = true;
  }
  CHECK(too_late);
  std::vector<unix_stream> accepted;
  for (int i = 0; i < 8; ++i) accepted.push_back(co_await listener.accept());
  for (auto& one : connecting) {
    unix_stream client = co_await std::move(one);
    CHECK(client.is_open());
  }
}

TRIDEM_TEST("unix: a refused connection names the path") {
  const temporary_directory place;
  const std::string missing =
      co_await text_of<std::system_error>(unix_stream::connect(place / "missing"));
  CHECK(missing.find("connect to unix:" + (place / "missing")) != std::string::npos);
  CHECK(missing.find("No such file") != std::string::npos);
  unix_listen_options left_behind;
  left_behind.remove_at_close = false;
  {
    const unix_listener dead = unix_listener::bind(place / "dead", left_behind);
  }
  const auto refused = co_await as_result(unix_stream::connect(place / "dead"));
  CHECK(!refused.has_value());
  const std::string long_path(200, 'x');
  const std::string too_long =
      co_await text_of<std::invalid_argument>(unix_stream::connect(long_path));
  CHECK(too_long.find("1 to 107 bytes") != std::string::npos);
}

TRIDEM_TEST("unix: a listener takes its file with it, replaces a stale one, never a living one") {
  const temporary_directory place;
  const std::string path = place / "socket";
  {
    unix_listener listener = unix_listener::bind(path);
    CHECK(std::filesystem::exists(path));
    unix_listener moved = std::move(listener);
    CHECK(std::filesystem::exists(path));
    co_await moved.close();
    CHECK(!std::filesystem::exists(path));
  }
  unix_listen_options left_behind;
  left_behind.remove_at_close = false;
  {
    const unix_listener dead = unix_listener::bind(path, left_behind);
  }
  CHECK(std::filesystem::exists(path));
  unix_listener alive = unix_listener::bind(path);
  std::string text;
  try {
    const unix_listener second = unix_listener::bind(path);
  } catch (const std::system_error& error) {
    text = error.what();
  }
  CHECK(text.find("bind to unix:" + path) != std::string::npos);
  CHECK(text.find("in use") != std::string::npos);
  // The probe of the second one stands in the backlog, closed.
  connection pair = co_await make_connection(alive);
  const std::string nothing = co_await read_to_end(pair.server);
  CHECK(nothing.empty());

  // Another listener that took the place is not this one's to remove.
  REQUIRE(::unlink(path.c_str()) == 0);
  unix_listener heir = unix_listener::bind(path);
  co_await alive.close();
  CHECK(std::filesystem::exists(path));

  const std::string file = place / "file";
  co_await write_file(file, "not a socket");
  bool refused = false;
  try {
    const unix_listener over = unix_listener::bind(file);
  } catch (const std::system_error& error) {
    refused = error.code() == std::errc::address_in_use;
  }
  CHECK(refused);
  const std::string kept = co_await read_file(file);
  CHECK(kept == "not a socket");
}

TRIDEM_TEST("unix: closing ends a pending read and a pending accept with an error of theirs") {
  const temporary_directory place;
  auto [left, right] = unix_stream::pair();
  std::array<char, 8> buffer{};
  auto reading = create_task(as_result(left.receive(as_writable_bytes(buffer))));
  unix_listener listener = unix_listener::bind(place / "socket");
  auto accepting = create_task(as_result(listener.accept()));
  co_await sleep(1ms);
  co_await left.close();
  co_await listener.close();
  const auto read = co_await std::move(reading);
  CHECK(!read.has_value());
  const auto accepted = co_await std::move(accepting);
  CHECK(accepted.error() == std::errc::operation_canceled);
}
