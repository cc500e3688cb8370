// SPDX-License-Identifier: MIT
// UDP on whichever driver serves the test: whole messages, senders, groups, and what is cut.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/io/udp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <array>
#include <chrono>
#include <net/if.h>
#include <set>
#include <string>
#include <system_error>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;
using tridem::test::text_of;

TRIDEM_TEST("udp: a message arrives whole, with its sender, on IPv4 and IPv6") {
  for (const address& at : {address::loopback(), address::ip("::1", 0)}) {
    udp_socket here = udp_socket::bind(at);
    udp_socket there = udp_socket::bind(at);
    const std::size_t sent = co_await here.send_to(as_bytes("hello"), there.local_address());
    CHECK(sent == 5);
    std::array<char, 100> buffer{};
    const datagram got = co_await there.receive_from(as_writable_bytes(buffer));
    CHECK(got.size == 5);
    CHECK(got.full_size == 5);
    CHECK(!got.was_cut());
    CHECK(got.from == here.local_address());
    CHECK(std::string(buffer.data(), 5) == "hello");
    co_await there.send_to(as_bytes("back"), got.from);
    const datagram back = co_await here.receive_from(as_writable_bytes(buffer));
    CHECK(back.size == 4);
  }
}

TRIDEM_TEST("udp: a receive that waits first, an empty message, and one that is cut") {
  udp_socket here = udp_socket::bind(address::loopback());
  udp_socket there = udp_socket::bind(address::loopback());
  std::array<char, 4> buffer{};
  auto receiving = create_task(there.receive_from(as_writable_bytes(buffer)));
  co_await sleep(1ms);
  co_await here.send_to(const_buffer{}, there.local_address());
  const datagram empty = co_await std::move(receiving);
  CHECK(empty.size == 0);
  CHECK(empty.from == here.local_address());
  co_await here.send_to(as_bytes("too long"), there.local_address());
  co_await here.send_to(as_bytes("next"), there.local_address());
  const datagram cut = co_await there.receive_from(as_writable_bytes(buffer));
  CHECK(cut.size == 4);
  CHECK(cut.full_size == 8);
  CHECK(cut.was_cut());
  const datagram next = co_await there.receive_from(as_writable_bytes(buffer));
  CHECK(next.size == 4);
  CHECK(!next.was_cut());
  CHECK(std::string(buffer.data(), 4) == "next");
}

TRIDEM_TEST("udp: a connected socket hears its peer only, and of a peer that is gone") {
  udp_socket server = udp_socket::bind(address::loopback());
  udp_socket client = udp_socket::connect(server.local_address());
  udp_socket stranger = udp_socket::bind(address::loopback());
  CHECK(client.peer_address() == server.local_address());
  co_await stranger.send_to(as_bytes("noise"), client.local_address());
  co_await client.send(as_bytes("question"));
  std::array<char, 100> buffer{};
  const datagram question = co_await server.receive_from(as_writable_bytes(buffer));
  CHECK(question.size == 8);
  co_await server.send_to(as_bytes("answer"), question.from);
  const datagram answer = co_await client.receive(as_writable_bytes(buffer));
  CHECK(std::string(buffer.data(), answer.size) == "answer");
  CHECK(answer.from == server.local_address());

  co_await server.close();
  co_await client.send(as_bytes("anybody?"));
  const std::string text =
      co_await text_of<std::system_error>(client.receive(as_writable_bytes(buffer)));
  CHECK(text.find("refused") != std::string::npos);

  // A peer can be had later, and given up again.
  udp_socket free = udp_socket::bind(address::loopback());
  free.connect_to(stranger.local_address());
  CHECK(free.peer_address() == stranger.local_address());
  free.connect_to(address());
  std::error_code code;
  try {
    static_cast<void>(free.peer_address());
  } catch (const std::system_error& error) {
    code = error.code();
  }
  CHECK(code == std::errc::not_connected);

  udp_socket unconnected = udp_socket::bind(address::loopback());
  const auto nowhere = co_await as_result(unconnected.send(as_bytes("x")));
  CHECK(nowhere.error() == std::errc::destination_address_required);
}

TRIDEM_TEST("udp: many receives at once take one message each") {
  udp_socket here = udp_socket::bind(address::loopback());
  udp_socket there = udp_socket::bind(address::loopback());
  constexpr int count = 20;
  std::vector<std::array<char, 8>> buffers(count);
  std::vector<task_handle<datagram>> receiving;
  for (auto& buffer : buffers) {
    receiving.push_back(create_task(there.receive_from(as_writable_bytes(buffer))));
  }
  co_await yield();
  for (int i = 0; i < count; ++i) {
    const std::string text = std::to_string(i);
    co_await here.send_to(as_bytes(text), there.local_address());
  }
  std::set<std::string> texts;
  for (int i = 0; i < count; ++i) {
    const datagram got = co_await std::move(receiving[static_cast<std::size_t>(i)]);
    texts.emplace(buffers[static_cast<std::size_t>(i)].data(), got.size);
  }
  CHECK(texts.size() == count);
}

TRIDEM_TEST("udp: a message that is too large is refused by a text that names the address") {
  udp_socket here = udp_socket::bind(address::loopback());
  const std::string big(70'000, 'b');
  const std::string text =
      co_await text_of<std::system_error>(here.send_to(as_bytes(big), here.local_address()));
  CHECK(text.find("to " + here.local_address().to_string()) != std::string::npos);
  CHECK(text.find("too long") != std::string::npos);
  const std::string broadcast = co_await text_of<std::system_error>(
      here.send_to(as_bytes("x"), address::ip("255.255.255.255", 9)));
  CHECK(broadcast.find("255.255.255.255:9") != std::string::npos);
}

TRIDEM_TEST("udp: a cancelled receive loses no message") {
  udp_socket here = udp_socket::bind(address::loopback());
  udp_socket there = udp_socket::bind(address::loopback());
  std::array<char, 8> buffer{};
  bool too_late = false;
  try {
    static_cast<void>(co_await wait_for(there.receive_from(as_writable_bytes(buffer)), 1ms));
  } catch (const timeout_error&) {
    too_late = true;
  }
  CHECK(too_late);
  co_await here.send_to(as_bytes("kept"), there.local_address());
  const datagram got = co_await there.receive_from(as_writable_bytes(buffer));
  CHECK(std::string(buffer.data(), got.size) == "kept");
  auto pending = create_task(as_result(there.receive_from(as_writable_bytes(buffer))));
  co_await sleep(1ms);
  co_await there.close();
  const auto ended = co_await std::move(pending);
  CHECK(ended.error() == std::errc::operation_canceled);
}

TRIDEM_TEST("udp: ports that are shared, and ports that are not") {
  udp_options shared;
  shared.reuse_port = true;
  const udp_socket first = udp_socket::bind(address::loopback(), shared);
  const udp_socket second = udp_socket::bind(first.local_address(), shared);
  CHECK(second.local_address() == first.local_address());
  bool refused = false;
  try {
    const udp_socket third = udp_socket::bind(first.local_address());
  } catch (const std::system_error& error) {
    refused = error.code() == std::errc::address_in_use;
  }
  CHECK(refused);
  co_return;
}

TRIDEM_TEST("udp: what is sent to a group reaches its members, until they leave") {
  const unsigned loopback = ::if_nametoindex("lo");
  REQUIRE(loopback != 0);
  udp_socket member = udp_socket::bind(address::any());
  const address group = address::ip("239.1.2.3", member.local_address().port());
  member.join(group, loopback);
  udp_socket sender = udp_socket::bind(address::any());
  sender.multicast_interface(loopback);
  sender.multicast_loopback(true);
  sender.multicast_hops(1);
  co_await sender.send_to(as_bytes("to all"), group);
  std::array<char, 8> buffer{};
  const datagram got = co_await member.receive_from(as_writable_bytes(buffer));
  CHECK(std::string(buffer.data(), got.size) == "to all");
  member.leave(group, loopback);
  std::string text;
  try {
    member.leave(group, loopback);
  } catch (const std::system_error& error) {
    text = error.what();
  }
  CHECK(text.find("leave the group 239.1.2.3") != std::string::npos);
}

TRIDEM_TEST("udp: one send is cut into messages of a size") {
  udp_socket here = udp_socket::bind(address::loopback());
  udp_socket there = udp_socket::bind(address::loopback());
  here.segment_size(4);
  const std::size_t sent = co_await here.send_to(as_bytes("aaaabbbbcc"), there.local_address());
  CHECK(sent == 10);
  std::array<char, 100> buffer{};
  std::string all;
  for (int i = 0; i < 3; ++i) {
    const datagram got = co_await there.receive_from(as_writable_bytes(buffer));
    all += std::string(buffer.data(), got.size) + ' ';
  }
  CHECK(all == "aaaa bbbb cc ");
}
