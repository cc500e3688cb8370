// SPDX-License-Identifier: MIT
// Unix sockets that keep messages apart: senders, full queues, descriptors, ends.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/unix_datagram.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>

using namespace tridem;
using namespace std::chrono_literals;
using tridem::test::temporary_directory;
using tridem::test::text_of;

TRIDEM_TEST("unix_datagram: messages with senders, by path, and the file goes with the socket") {
  const temporary_directory place;
  unix_datagram server = unix_datagram::bind(place / "server");
  unix_datagram client = unix_datagram::bind(place / "client");
  co_await client.send_to(as_bytes("question"), server.local_address());
  std::array<char, 100> buffer{};
  const datagram got = co_await server.receive_from(as_writable_bytes(buffer));
  CHECK(std::string(buffer.data(), got.size) == "question");
  CHECK(got.from == address::local(place / "client"));
  client.connect_to(place / "server");
  co_await client.send(as_bytes("another"));
  const datagram cut = co_await server.receive_from(as_writable_bytes(buffer).first(3));
  CHECK(cut.size == 3);
  CHECK(cut.full_size == 7);
  unix_datagram nameless = unix_datagram::connect(place / "server");
  co_await nameless.send(as_bytes("who?"));
  const datagram who = co_await server.receive_from(as_writable_bytes(buffer));
  CHECK(who.from.host().empty());

  co_await server.close();
  CHECK(!std::filesystem::exists(place / "server"));
  const std::string gone = co_await text_of<std::system_error>(client.send(as_bytes("x")));
  CHECK(gone.find("send") != std::string::npos);
}

TRIDEM_TEST("unix_datagram: a sender waits while the receiver is full, connected or not") {
  const temporary_directory place;
  unix_datagram server = unix_datagram::bind(place / "server");
  unix_datagram client = unix_datagram::connect(place / "server");
  constexpr int count = 600;
  auto send_all = [](unix_datagram& from, address to, bool connected) -> task<> {
    for (int i = 0; i < count; ++i) {
      const std::string text = std::to_string(i);
      if (connected) {
        co_await from.send(as_bytes(text));
      } else {
        co_await from.send_to(as_bytes(text), to);
      }
    }
  };
  unix_datagram loose = unix_datagram::bind(place / "loose");
  for (const bool connected : {true, false}) {
    unix_datagram& from = connected ? client : loose;
    auto sending = create_task(send_all, std::ref(from), server.local_address(), connected);
    co_await sleep(2ms);
    CHECK(!sending.done());
    int right = 0;
    std::array<char, 16> buffer{};
    for (int i = 0; i < count; ++i) {
      const datagram got = co_await server.receive_from(as_writable_bytes(buffer));
      if (std::string(buffer.data(), got.size) == std::to_string(i)) ++right;
    }
    CHECK(right == count);
    co_await std::move(sending);
  }
}

TRIDEM_TEST("unix_datagram: pairs carry messages and descriptors") {
  auto [left, right] = unix_datagram::pair();
  const descriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  const std::array<int, 1> numbers{null.get()};
  co_await left.send(as_bytes("plain"));
  co_await left.send_with_descriptors(as_bytes("loaded"), numbers);
  std::array<char, 4> buffer{};
  const received_message plain = co_await right.receive(as_writable_bytes(buffer));
  CHECK(plain.size == 4);
  CHECK(plain.full_size == 5);
  CHECK(plain.descriptors.empty());
  const received_message loaded = co_await right.receive(as_writable_bytes(buffer));
  CHECK(loaded.full_size == 6);
  CHECK(loaded.descriptors.size() == 1);
  CHECK(left.peer_credentials().pid == ::getpid());
}

TRIDEM_TEST("unix_seqpacket: a connection that keeps messages apart and has an end") {
  const temporary_directory place;
  unix_seqpacket_listener listener = unix_seqpacket_listener::bind(place / "socket");
  auto [client, server] =
      co_await gather(unix_seqpacket::connect(place / "socket"), listener.accept());
  co_await client.send(as_bytes("one"));
  co_await client.send(as_bytes("three"));
  std::array<char, 100> buffer{};
  const received_message one = co_await server.receive(as_writable_bytes(buffer));
  CHECK(std::string(buffer.data(), one.size) == "one");
  const received_message three = co_await server.receive(as_writable_bytes(buffer).first(2));
  CHECK(three.size == 2);
  CHECK(three.full_size == 5);
  co_await client.shutdown();
  const received_message end = co_await server.receive(as_writable_bytes(buffer));
  CHECK(end.size == 0);
  co_await server.send(as_bytes("still here"));
  const received_message back = co_await client.receive(as_writable_bytes(buffer));
  CHECK(back.size == 10);
  CHECK(server.peer_credentials().pid == ::getpid());
  co_await listener.close();
  CHECK(!std::filesystem::exists(place / "socket"));

  auto [left, right] = unix_seqpacket::pair();
  co_await left.send(as_bytes("pair"));
  const received_message got = co_await right.receive(as_writable_bytes(buffer));
  CHECK(got.size == 4);
}
