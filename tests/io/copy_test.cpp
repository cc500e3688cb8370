// SPDX-License-Identifier: MIT
// Bytes from stream to stream: all of them, in order, with their end.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/buffered_stream.hpp>
#include <tridem/io/copy.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <string>
#include <system_error>

using namespace tridem;
using namespace std::chrono_literals;
using test::make_tcp_connection;
using test::read_to_end;
using test::tcp_connection;

namespace {

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 >> 4);
  return text;
}

task<> send_and_end(tcp_stream& stream, std::string text) {
  co_await stream.write_all(as_bytes(text));
  co_await stream.shutdown();
}

task<std::uint64_t> copy_and_end(tcp_stream& from, tcp_stream& to, copy_options options) {
  const std::uint64_t copied = co_await copy(from, to, options);
  co_await to.shutdown();
  co_return copied;
}

}  // namespace

TRIDEM_TEST("copy carries all bytes to the end of the stream, whatever the size of its buffer") {
  for (const std::size_t buffer_size : {1U, 7U, 4096U, 1U << 20}) {
    tcp_connection in = co_await make_tcp_connection();
    tcp_connection out = co_await make_tcp_connection();
    const std::string sent = pattern(buffer_size < 100 ? 3000 : 3 << 20);
    auto [none, copied, got] = co_await gather(
        send_and_end(in.client, sent),
        copy_and_end(in.server, out.client, {.buffer_size = buffer_size}), read_to_end(out.server));
    static_cast<void>(none);
    CHECK(copied == sent.size());
    const bool same = got == sent;
    CHECK(same);
  }
}

TRIDEM_TEST("copy begins with what a buffered stream holds") {
  tcp_connection in = co_await make_tcp_connection();
  tcp_connection out = co_await make_tcp_connection();
  co_await send_and_end(in.client, "CONNECT\nthe rest");
  buffered_stream from(in.server);
  const auto line = co_await from.read_line();
  CHECK(line == "CONNECT");
  const std::uint64_t copied = co_await copy(from, out.client);
  CHECK(copied == 8);
  co_await out.client.shutdown();
  const std::string got = co_await read_to_end(out.server);
  CHECK(got == "the rest");
}

TRIDEM_TEST("two streams are joined: each direction ends by itself") {
  tcp_connection left = co_await make_tcp_connection();
  tcp_connection right = co_await make_tcp_connection();
  auto joining = create_task(copy_bidirectional(left.server, right.server));
  co_await send_and_end(left.client, "question");
  const std::string question = co_await read_to_end(right.client);
  CHECK(question == "question");
  // The left has ended long ago when the answer comes.
  const std::string answer = pattern(2 << 20);
  auto [none, got] = co_await gather(send_and_end(right.client, answer), read_to_end(left.client));
  static_cast<void>(none);
  const bool same = got == answer;
  CHECK(same);
  const auto [to_right, to_left] = co_await std::move(joining);
  CHECK(to_right == 8);
  CHECK(to_left == answer.size());
}

TRIDEM_TEST("a reset of one side ends both directions with its error") {
  tcp_connection left = co_await make_tcp_connection();
  tcp_connection right = co_await make_tcp_connection();
  auto joining = create_task(copy_bidirectional(left.server, right.server));
  co_await left.client.write_all(as_bytes("x"));
  std::string one(1, ' ');
  co_await right.client.read_exactly(as_writable_bytes(one));
  test::reset_connection(std::move(left.client));
  const auto joined = co_await as_result(std::move(joining));
  CHECK(joined.error() == std::errc::connection_reset);
}

TRIDEM_TEST("a copy can be cancelled") {
  tcp_connection in = co_await make_tcp_connection();
  tcp_connection out = co_await make_tcp_connection();
  const auto copied = co_await as_result(wait_for(copy(in.server, out.client), 5ms));
  CHECK(!copied);
}
