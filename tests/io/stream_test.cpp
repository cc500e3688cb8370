// SPDX-License-Identifier: MIT
// What is built from read_some and write_some, over a stream that gives as little as it may.
#include "tests/support/async_test.hpp"

#include <tridem/io/stream.hpp>

#include <algorithm>
#include <array>
#include <string>

using namespace tridem;

namespace {

// Moves at most `step` bytes a call.
struct slow_stream {
  task<std::size_t> read_some(mutable_buffer into) {
    const std::size_t count = std::min({step, into.size(), text.size() - at});
    std::ranges::copy(as_bytes(text).subspan(at, count), into.begin());
    at += count;
    co_return count;
  }
  task<std::size_t> write_some(const_buffer from) {
    const std::size_t count = std::min(step, from.size());
    written += as_text(from.first(count));
    co_return count;
  }

  std::string text;
  std::size_t step = 1;
  std::size_t at = 0;
  std::string written;
};

static_assert(readable_stream<slow_stream> && writable_stream<slow_stream>);

}  // namespace

TRIDEM_TEST("read_exactly collects what comes in pieces") {
  for (const std::size_t step : {1U, 3U, 100U}) {
    slow_stream source;
    source.text = "0123456789";
    source.step = step;
    std::array<char, 7> buffer{};
    std::size_t count = co_await read_exactly(source, as_writable_bytes(buffer));
    CHECK(count == 7);
    CHECK(std::string(buffer.data(), 7) == "0123456");
    count = co_await read_exactly(source, as_writable_bytes(buffer));
    CHECK(count == 3);
    count = co_await read_exactly(source, mutable_buffer{});
    CHECK(count == 0);
  }
}

TRIDEM_TEST("write_all writes on until all is written") {
  slow_stream sink;
  sink.step = 3;
  co_await write_all(sink, as_bytes("0123456789"));
  CHECK(sink.written == "0123456789");
  co_await write_all(sink, const_buffer{});
  CHECK(sink.written.size() == 10);
}

TRIDEM_TEST("read_until finds its delimiter however the bytes arrive, and stops at its limit") {
  for (const std::size_t step : {1U, 2U, 5U, 5000U}) {
    slow_stream source;
    source.text = "ab==cd===tail";
    source.step = step;
    std::string buffer;
    std::size_t length = co_await read_until(source, buffer, "==");
    CHECK(buffer.substr(0, length) == "ab==");
    buffer.erase(0, length);
    length = co_await read_until(source, buffer, "===");
    CHECK(buffer.substr(0, length) == "cd===");
    buffer.erase(0, length);
    length = co_await read_until(source, buffer, "==");
    CHECK(length == 0);
    CHECK(buffer == "tail");

    slow_stream endless;
    endless.text = std::string(100'000, 'x');
    endless.step = step;
    std::string limited;
    length = co_await read_until(endless, limited, "\n", 1000);
    CHECK(length == 0);
    CHECK(limited.size() == 1000);
  }
}
