// SPDX-License-Identifier: MIT
// Lines and messages: whole however the bytes arrive, bounded, and never lost.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/tcp_pair.hpp"

#include <tridem/io/buffered_stream.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/inspect.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;
using test::make_tcp_connection;
using test::tcp_connection;

namespace {

// Gives its text `step` bytes a call, and takes at most `step`.
struct slow_stream {
  task<std::size_t> read_some(mutable_buffer into) {
    const std::size_t count = std::min({step, into.size(), text.size() - at});
    std::ranges::copy(as_bytes(text).subspan(at, count), into.begin());
    at += count;
    largest_room = std::max(largest_room, into.size());
    co_return count;
  }
  task<std::size_t> write_some(const_buffer from) {
    const std::size_t count = std::min(step, from.size());
    written += as_text(from.first(count));
    ++writes;
    co_return count;
  }
  task<> close() {
    is_closed = true;
    co_return;
  }

  std::string text;
  std::size_t step = 1;
  std::size_t at = 0;
  std::size_t largest_room = 0;
  std::string written;
  int writes = 0;
  bool is_closed = false;
};

static_assert(readable_stream<buffered_stream<slow_stream>>);

task<std::vector<std::string>> all_lines(buffered_stream<slow_stream&>& from) {
  std::vector<std::string> lines;
  for (;;) {
    std::optional<std::string> line = co_await from.read_line();
    if (!line) co_return lines;
    lines.push_back(std::move(*line));
  }
}

// Whether `body` was cut by a deadline.
template <class T>
task<bool> is_late(task<T> body) {
  const auto ended = co_await as_result(std::move(body));
  co_return !ended && ended.error() == std::error_code{};
}

task<std::error_code> code_of_line(buffered_stream<tcp_stream>& lines) {
  const auto line = co_await as_result(lines.read_line());
  co_return line.error();
}

}  // namespace

TRIDEM_TEST("lines come whole, however the bytes arrive and whatever ends them") {
  for (const std::size_t step : {1U, 2U, 5U, 5000U}) {
    slow_stream source;
    source.text = "one\r\ntwo\n\n\rthree\r\r\nlast";
    source.step = step;
    buffered_stream lines(source);
    const std::vector<std::string> got = co_await all_lines(lines);
    const std::vector<std::string> expected{"one", "two", "", "\rthree\r", "last"};
    CHECK(got == expected);
  }
}

TRIDEM_TEST("many lines in one read, long ones and empty ones") {
  slow_stream source;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 2000; ++i) {
    expected.emplace_back(i * 7919 % 3001, static_cast<char>('a' + i % 26));
    source.text += expected.back() + "\n";
  }
  source.step = 100'000;
  buffered_stream lines(source);
  const std::vector<std::string> got = co_await all_lines(lines);
  CHECK(got == expected);
  // Bytes came fast, so the buffer asked for many at a time.
  CHECK(source.largest_room >= 16 * 1024);
}

TRIDEM_TEST("a delimiter is found across reads; what follows a lost end stays in the buffer") {
  slow_stream source;
  source.text = "ab==c=d===tail";
  buffered_stream in(source);
  auto part = co_await in.read_until("==");
  CHECK(part == "ab==");
  part = co_await in.read_until("===");
  CHECK(part == "c=d===");
  part = co_await in.read_until("==");
  CHECK(!part.has_value());
  CHECK(as_text(in.buffered()) == "tail");
  std::array<char, 10> rest{};
  const std::size_t count = co_await in.read_exactly(as_writable_bytes(rest));
  CHECK(std::string(rest.data(), count) == "tail");
}

TRIDEM_TEST("peek shows bytes and takes none") {
  slow_stream source;
  source.text = "GET / HTTP/1.1";
  source.step = 2;
  buffered_stream in(source);
  const_buffer seen = co_await in.peek(3);
  CHECK(as_text(seen) == "GET");
  in.consume(4);
  seen = co_await in.peek(1000);
  CHECK(as_text(seen) == "/ HTTP/1.1");
  const std::string text = co_await test::text_of<std::system_error>(in.peek(70'000));
  CHECK(text.find("70000") != std::string::npos);
  CHECK(text.find("65536") != std::string::npos);
}

TRIDEM_TEST("a line above the limit is an error that names the limit, and loses nothing") {
  slow_stream source;
  source.text = std::string(150, 'x') + "\nnext\n";
  source.step = 7;
  buffered_stream lines(source, {.limit = 100});
  const auto line = co_await as_result(lines.read_line());
  CHECK(line.error() == std::errc::message_size);
  const std::string text = co_await test::text_of<std::system_error>(lines.read_line());
  CHECK(text.find("read_line") != std::string::npos);
  CHECK(text.find("100 bytes") != std::string::npos);
  CHECK(lines.buffered().size() == 100);

  std::string rest(151, ' ');
  const std::size_t count = co_await lines.read_exactly(as_writable_bytes(rest));
  CHECK(count == 151);
  CHECK(rest == std::string(150, 'x') + "\n");
  const auto next = co_await lines.read_line();
  CHECK(next == "next");
}

TRIDEM_TEST("a line of exactly the limit fits") {
  slow_stream source;
  source.text = std::string(99, 'x') + "\n";
  source.step = 10;
  buffered_stream lines(source, {.limit = 100});
  const auto line = co_await lines.read_line();
  CHECK(line == std::string(99, 'x'));
}

TRIDEM_TEST("cancelled reads lose no byte: not of a line, not of a block beyond the limit") {
  tcp_connection pair = co_await make_tcp_connection();
  buffered_stream in(std::move(pair.server), {.limit = 8});
  co_await pair.client.write_all(as_bytes("half"));
  const bool line_cut = co_await is_late(wait_for(in.read_line(), 20ms));
  CHECK(line_cut);
  CHECK(as_text(in.buffered()) == "half");

  co_await pair.client.write_all(as_bytes(" a block, "));
  std::array<char, 100> block{};
  const bool block_cut =
      co_await is_late(wait_for(in.read_exactly(as_writable_bytes(block)), 20ms));
  CHECK(block_cut);
  CHECK(as_text(in.buffered()) == "half a block, ");

  co_await pair.client.write_all(as_bytes("then the rest"));
  co_await pair.client.shutdown();
  const std::size_t count = co_await in.read_exactly(as_writable_bytes(block));
  CHECK(std::string(block.data(), count) == "half a block, then the rest");
}

TRIDEM_TEST("a peer that sends a byte now and then does not get more than the time limit") {
  tcp_connection pair = co_await make_tcp_connection();
  buffered_stream lines(std::move(pair.server), {.time_limit = 50ms});
  auto dribble = [](tcp_stream& peer) -> task<> {
    for (;;) {
      co_await peer.write_all(as_bytes("x"));
      co_await sleep(2ms);
    }
  };
  auto dribbling = create_task(dribble, std::ref(pair.client));
  const std::error_code code = co_await code_of_line(lines);
  CHECK(code == std::errc::timed_out);
  CHECK(!lines.buffered().empty());
  dribbling.cancel();
  const auto ended = co_await as_result(std::move(dribbling));
  CHECK(!ended);
}

TRIDEM_TEST("writes are collected, in order, and sent by flush or when they are many") {
  slow_stream sink;
  sink.step = 1000;
  buffered_stream out(sink, {.write_limit = 100});
  std::string expected;
  for (int i = 0; i < 9; ++i) {
    const std::string part(10, static_cast<char>('a' + i));
    co_await out.write(part);
    expected += part;
  }
  CHECK(sink.writes == 0);
  CHECK(out.unflushed() == 90);
  const std::string large(500, 'L');
  co_await out.write(large);
  co_await out.write("end");
  expected += large;
  CHECK(sink.written == expected);
  CHECK(sink.writes == 2);
  co_await out.close();
  CHECK(sink.written == expected + "end");
  CHECK(sink.is_closed);
}

TRIDEM_TEST("a flush that was cancelled goes on where it stood") {
  tcp_connection pair = co_await make_tcp_connection();
  buffered_stream out(std::move(pair.server), {.write_limit = 64 << 20});
  std::string sent(16 << 20, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 5);
  co_await out.write(sent);
  const bool cut = co_await is_late(wait_for(out.flush(), 10ms));
  CHECK(cut);
  CHECK(out.unflushed() < sent.size());
  auto finish = [](buffered_stream<tcp_stream>& from) -> task<> { co_await from.close(); };
  auto [none, got] = co_await gather(finish(out), test::read_to_end(pair.client));
  static_cast<void>(none);
  const bool whole = got == sent;
  CHECK(whole);
}

TRIDEM_TEST("one task reads while another writes") {
  tcp_connection pair = co_await make_tcp_connection();
  buffered_stream both(std::move(pair.server));
  auto ask = [](buffered_stream<tcp_stream>& to) -> task<> {
    co_await to.write("question\n");
    co_await to.flush();
  };
  auto answer = [](tcp_stream& peer) -> task<> {
    buffered_stream lines(peer);
    const auto question = co_await lines.read_line();
    const std::string reply = question.value_or("none") + " answered\n";
    co_await peer.write_all(as_bytes(reply));
  };
  auto reading = create_task(both.read_line());
  co_await gather(ask(both), answer(pair.client));
  const auto line = co_await std::move(reading);
  CHECK(line == "question answered");
}

TRIDEM_TEST("a second read at the same time is refused, and disturbs nobody") {
  tcp_connection pair = co_await make_tcp_connection();
  buffered_stream in(std::move(pair.server));
  auto first = create_task(in.read_line());
  co_await yield();
  const auto second = co_await as_result(in.read_line());
  CHECK(second.error() == std::errc::device_or_resource_busy);
  co_await pair.client.write_all(as_bytes("for the first\n"));
  const auto line = co_await std::move(first);
  CHECK(line == "for the first");
}

TRIDEM_TEST("what waits in a line shows its way, and fails with it") {
  tcp_connection ends = co_await make_tcp_connection();
  buffered_stream lines(std::move(ends.server));
  const auto waiting = create_task(code_of_line(lines), "reader");
  co_await yield();
  const auto is_reader = [](const task_info& one) { return one.name == "reader"; };
  const std::vector<task_info> tasks = all_tasks();
  const auto reader = std::ranges::find_if(tasks, is_reader);
  REQUIRE(reader != tasks.end());
  const std::string stack = format_stack(reader->stack);
  CHECK(stack.find("buffered_fill") != std::string::npos);
  CHECK(stack.find("code_of_line") != std::string::npos);
  CHECK(reader->state.find("receive on descriptor") != std::string::npos);

  test::reset_connection(std::move(ends.client));
  const std::error_code code = co_await waiting;
  CHECK(code == std::errc::connection_reset);
}
