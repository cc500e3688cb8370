// SPDX-License-Identifier: MIT
// Bytes in memory that the loop lends: whole, given back on every way, and enough for everybody.
#include "tests/support/async_test.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/received_bytes.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;
using test::make_tcp_connection;
using test::tcp_connection;

namespace {

std::string text_of(const received_bytes& got) {
  return std::string(as_text(got.bytes()));
}

template <class S>
task<std::string> receive_to_end(S& stream) {
  std::string all;
  for (;;) {
    const received_bytes got = co_await stream.receive();
    if (got.empty()) co_return all;
    all += as_text(got.bytes());
  }
}

task<received_bytes> receive_one(unix_stream& stream) {
  co_return co_await stream.receive();
}

task<received_bytes> receive_something() {
  auto [from, to] = unix_stream::pair();
  co_await from.write_all(as_bytes("kept"));
  received_bytes got = co_await to.receive();
  co_return got;
}

// As many as the loop can lend and a few more, each with the number that it was sent.
task<> hold_more_than_there_are(std::vector<received_bytes>& held) {
  auto [from, to] = unix_stream::pair();
  for (unsigned i = 0; i < detail::buffer_pool::count_max + 50; ++i) {
    const std::string text = "number " + std::to_string(i);
    co_await from.write_all(as_bytes(text));
    held.push_back(co_await to.receive());
  }
}

}  // namespace

TRIDEM_TEST("receive gives what came, and nothing at the end of the stream") {
  tcp_connection pair = co_await make_tcp_connection();
  co_await pair.client.write_all(as_bytes("hello"));
  received_bytes got = co_await pair.server.receive();
  CHECK(text_of(got) == "hello");
  CHECK(got.size() == 5);
  co_await pair.client.shutdown();
  got = co_await pair.server.receive();
  CHECK(got.empty());
  CHECK(got.bytes().empty());
}

TRIDEM_TEST("what waits for bytes gets them when they come") {
  tcp_connection pair = co_await make_tcp_connection();
  auto waiting = create_task(receive_to_end(pair.server));
  for (const char* part : {"one ", "two ", "three"}) {
    co_await sleep(1ms);
    co_await pair.client.write_all(as_bytes(part));
  }
  co_await pair.client.shutdown();
  const std::string all = co_await std::move(waiting);
  CHECK(all == "one two three");
}

TRIDEM_TEST("many bytes come in pieces of at most 16 KiB, in order") {
  tcp_connection pair = co_await make_tcp_connection();
  std::string sent(1 << 20, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 4);
  auto receiving = create_task(receive_to_end(pair.server));
  co_await pair.client.write_all(as_bytes(sent));
  co_await pair.client.shutdown();
  const std::string got = co_await std::move(receiving);
  const bool is_whole = got == sent;
  CHECK(is_whole);
}

TRIDEM_TEST("bytes may be changed in place, and stay where they are when their owner moves") {
  auto [from, to] = unix_stream::pair();
  co_await from.write_all(as_bytes("shout"));
  received_bytes got = co_await to.receive();
  for (std::byte& b : got.bytes()) b = static_cast<std::byte>(std::toupper(static_cast<int>(b)));
  const mutable_buffer before = got.bytes();
  const received_bytes moved = std::move(got);
  CHECK(moved.bytes().data() == before.data());
  CHECK(text_of(moved) == "SHOUT");
}

TRIDEM_TEST("who keeps all that a loop lends stops nobody, and all is whole") {
  std::vector<received_bytes> held;
  co_await hold_more_than_there_are(held);
  tcp_connection other = co_await make_tcp_connection();
  auto waiting = create_task(receive_to_end(other.server));
  co_await yield();
  co_await other.client.write_all(as_bytes("not stopped"));
  co_await other.client.shutdown();
  const std::string got = co_await std::move(waiting);
  CHECK(got == "not stopped");
  for (std::size_t i = 0; i < held.size(); ++i) {
    CHECK(text_of(held[i]) == "number " + std::to_string(i));
  }
  held.clear();
  const auto again = co_await receive_something();
  CHECK(text_of(again) == "kept");
}

TRIDEM_TEST("a receive that is cancelled, at its wait or late, keeps no memory and loses no byte") {
  auto [from, to] = unix_stream::pair();
  std::string got;
  for (unsigned i = 0; i < 2 * detail::buffer_pool::count_max; ++i) {
    auto waiting = create_task(receive_one(to));
    co_await yield();
    if (i % 2 == 0) co_await from.write_all(as_bytes("x"));
    waiting.cancel();
    auto ended = co_await as_result(std::move(waiting));
    if (ended) got += text_of(*ended);
  }
  co_await from.shutdown();
  got += co_await receive_to_end(to);
  CHECK(got.size() == detail::buffer_pool::count_max);
  // None has gone: as many as ever can be held, and they are of the loop.
  std::vector<received_bytes> held;
  co_await hold_more_than_there_are(held);
  const auto of_loop =
      std::ranges::count_if(held, [](received_bytes& one) { return one.release().is_of_pool(); });
  CHECK(of_loop > 900);
}

TRIDEM_TEST("one reader at a time, whatever it reads by") {
  tcp_connection pair = co_await make_tcp_connection();
  auto first = create_task(receive_to_end(pair.server));
  co_await yield();
  const auto second = co_await as_result(pair.server.receive());
  CHECK(second.error() == std::errc::device_or_resource_busy);
  co_await pair.client.shutdown();
  co_await std::move(first);
}

TRIDEM_TEST("a receive has the errors of a read: a reset, an idle limit, a closed stream") {
  tcp_connection pair = co_await make_tcp_connection();
  pair.server.idle_limit(20ms);
  const auto silent = co_await as_result(pair.server.receive());
  CHECK(silent.error() == std::errc::timed_out);
  test::reset_connection(std::move(pair.client));
  const auto reset = co_await as_result(pair.server.receive());
  CHECK(reset.error() == std::errc::connection_reset);
  co_await pair.server.close();
  const auto closed = co_await as_result(pair.server.receive());
  CHECK(closed.error() == std::errc::bad_file_descriptor);
}

TRIDEM_TEST("readable waits for bytes or the end, and takes nothing") {
  tcp_connection pair = co_await make_tcp_connection();
  auto wait = [](tcp_stream& stream) -> task<> { co_await stream.readable(); };
  auto waiting = create_task(wait(pair.server));
  co_await yield();
  CHECK(!waiting.done());
  co_await pair.client.write_all(as_bytes("there"));
  co_await std::move(waiting);
  co_await pair.server.readable();
  const received_bytes got = co_await pair.server.receive();
  CHECK(text_of(got) == "there");
  co_await pair.client.shutdown();
  co_await pair.server.readable();
  const received_bytes end = co_await pair.server.receive();
  CHECK(end.empty());
}

TEST_CASE("bytes may outlive their loop") {
  std::vector<received_bytes> kept;
  auto twice = [&]() -> task<> {
    kept.push_back(co_await receive_something());
    kept.push_back(co_await receive_something());
  };
  run(twice());
  kept.erase(kept.begin());
  CHECK(text_of(kept.front()) == "kept");
}
