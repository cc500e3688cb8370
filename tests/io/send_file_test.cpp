// SPDX-License-Identifier: MIT
// Files into sockets: whole ones, parts, and what lies beyond the end.
#include "tests/support/async_test.hpp"
#include "tests/support/raw_descriptors.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/send_file.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <string>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

task<std::uint64_t> send_and_end(file& from, tcp_stream& to, file_part part) {
  const std::uint64_t sent = co_await send_file(from, to, part);
  co_await to.shutdown();
  co_return sent;
}

task<std::string> sent_of(file& from, file_part part) {
  test::tcp_connection pair = co_await test::make_tcp_connection();
  auto [sent, got] =
      co_await gather(send_and_end(from, pair.client, part), test::read_to_end(pair.server));
  CHECK(sent == got.size());
  co_return std::move(got);
}

}  // namespace

TRIDEM_TEST("a file arrives whole, whatever its size") {
  for (const std::size_t size : {0U, 1U, 131'072U, 131'073U, 262'144U, 5'000'000U}) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 >> 4);
    file from(test::make_file(text));
    const std::string got = co_await sent_of(from, {});
    const bool same = got == text;
    CHECK(same);
  }
}

TRIDEM_TEST("a slow receiver gets the same bytes") {
  std::string text(8 << 20, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 >> 4);
  file from(test::make_file(text));
  test::tcp_connection pair = co_await test::make_tcp_connection();
  auto slowly = [](tcp_stream& stream) -> task<std::string> {
    std::string all;
    std::string chunk(10'000, ' ');
    for (int i = 0; i < 40; ++i) {
      const std::size_t count = co_await stream.read_some(as_writable_bytes(chunk));
      all.append(chunk, 0, count);
      co_await sleep(1ms);
    }
    all += co_await test::read_to_end(stream);
    co_return all;
  };
  auto [sent, got] = co_await gather(send_and_end(from, pair.client, {}), slowly(pair.server));
  CHECK(sent == text.size());
  const bool same = got == text;
  CHECK(same);
}

TRIDEM_TEST("while a file is sent nobody else writes, and it does not begin among others") {
  const std::string text(8 << 20, 'f');
  file from(test::make_file(text));
  test::tcp_connection pair = co_await test::make_tcp_connection();
  auto sending = create_task(send_file(from, pair.client));
  co_await yield();
  // Whether it stands in the kernel, reads the file or only yields: its place is its own.
  for (int i = 0; i < 20; ++i) {
    const auto refused = co_await as_result(pair.client.write_some(as_bytes("x")));
    CHECK(refused.error() == std::errc::device_or_resource_busy);
    const auto second = co_await as_result(send_file(from, pair.client));
    CHECK(second.error() == std::errc::device_or_resource_busy);
  }
  std::string got(text.size(), ' ');
  co_await pair.server.read_exactly(as_writable_bytes(got));
  CHECK(got == text);
  const std::uint64_t sent = co_await std::move(sending);
  CHECK(sent == text.size());
  co_await pair.client.write_all(as_bytes("x"));
}

TRIDEM_TEST("a stream that is no socket, and a file that is no file, go the long way") {
  struct collector {
    task<std::size_t> write_some(const_buffer part) {
      text += as_text(part);
      co_return part.size();
    }
    std::string text;
  };
  file from(test::make_file("0123456789"));
  collector to;
  std::uint64_t sent = co_await send_file(from, to, {.offset = 1, .length = 5});
  CHECK(sent == 5);
  CHECK(to.text == "12345");
  file generated = co_await file::open("/proc/self/status");
  const std::string got = co_await sent_of(generated, {});
  CHECK(got.starts_with("Name:"));
}

TRIDEM_TEST("a receiver that is gone is an error, and no signal") {
  file from(test::make_file(std::string(8 << 20, 'x')));
  test::tcp_connection pair = co_await test::make_tcp_connection();
  test::reset_connection(std::move(pair.server));
  const auto sent = co_await as_result(send_file(from, pair.client));
  const bool expected =
      sent.error() == std::errc::connection_reset || sent.error() == std::errc::broken_pipe;
  CHECK(expected);
  const auto again = co_await as_result(send_file(from, pair.client));
  CHECK(again.error() == std::errc::broken_pipe);
}

TRIDEM_TEST("parts of a file, and parts that it does not have") {
  const std::string text = "0123456789";
  file from(test::make_file(text));
  std::string got = co_await sent_of(from, {.offset = 3, .length = 4});
  CHECK(got == "3456");
  got = co_await sent_of(from, {.offset = 8, .length = 100});
  CHECK(got == "89");
  got = co_await sent_of(from, {.offset = 100});
  CHECK(got.empty());
  got = co_await sent_of(from, {.offset = 2, .length = 0});
  CHECK(got.empty());
}

TRIDEM_TEST("a receiver that reads nothing can be given up") {
  file from(test::make_file(std::string(32 << 20, 'x')));
  test::tcp_connection pair = co_await test::make_tcp_connection();
  const auto sent = co_await as_result(wait_for(send_file(from, pair.client), 20ms));
  CHECK(!sent);
}
