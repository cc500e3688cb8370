// SPDX-License-Identifier: MIT
// Pipes: bytes in order, an end, a reader that has gone.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/pipe.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <array>
#include <chrono>
#include <string>
#include <sys/stat.h>
#include <system_error>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

task<> feed(pipe_writer& into, std::string_view text) {
  co_await into.write_all(as_bytes(text));
  co_await into.close();
}

task<std::string> read_to_end(pipe_reader& from) {
  std::string all;
  std::string block(4096, '\0');
  for (;;) {
    const std::size_t count = co_await from.read_some(as_writable_bytes(block));
    if (count == 0) co_return all;
    all.append(block, 0, count);
  }
}

}  // namespace

TRIDEM_TEST("a megabyte goes through a pipe, and then its end") {
  auto [reader, writer] = make_pipe();
  std::string text(1 << 20, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
  auto [nothing, received] = co_await gather(feed(writer, text), read_to_end(reader));
  CHECK(received == text);
}

TRIDEM_TEST("a write to a pipe without reader is an error, not a signal") {
  auto [reader, writer] = make_pipe();
  co_await reader.close();
  const result<std::size_t> written = co_await as_result(writer.write_some(as_bytes("x")));
  CHECK(written.error() == std::errc::broken_pipe);
}

TRIDEM_TEST("closing ends a pending read, and refuses later ones") {
  auto [reader, writer] = make_pipe();
  std::string block(16, '\0');
  auto reading = create_task(as_result(reader.read_some(as_writable_bytes(block))));
  co_await sleep(1ms);
  co_await reader.close();
  const result<std::size_t> cut = co_await std::move(reading);
  CHECK(cut.error() == std::errc::operation_canceled);
  const result<std::size_t> late = co_await as_result(reader.read_some(as_writable_bytes(block)));
  CHECK(late.error() == std::errc::bad_file_descriptor);
}

TRIDEM_TEST("a second read or write of a pipe at the same time is refused") {
  auto [reader, writer] = make_pipe();
  std::string block(4, '\0');
  std::string other(4, '\0');
  auto reading = create_task(reader.read_exactly(as_writable_bytes(block)));
  co_await yield();
  const auto second = co_await as_result(reader.read_some(as_writable_bytes(other)));
  CHECK(second.error() == std::errc::device_or_resource_busy);
  const std::array<const_buffer, 3> parts{as_bytes("ke"), as_bytes(""), as_bytes("pt")};
  co_await writer.writev(parts);
  const std::size_t count = co_await std::move(reading);
  CHECK(count == 4);
  CHECK(block == "kept");
}

TRIDEM_TEST("a pipe has the capacity that it was given") {
  auto [reader, writer] = make_pipe();
  writer.capacity(4096);
  CHECK(writer.capacity() == 4096);
  const std::string text(10'000, 'c');
  const std::size_t count = co_await writer.write_some(as_bytes(text));
  CHECK(count == 4096);
}

TRIDEM_TEST("a fifo is opened from both sides, whoever comes first") {
  const test::temporary_directory place;
  const std::string path = place / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  for (const bool reader_first : {true, false}) {
    auto write = [](std::string to, bool later) -> task<> {
      if (later) co_await sleep(5ms);
      pipe_writer writer = co_await pipe_writer::open(std::move(to));
      co_await writer.write_all(as_bytes("through"));
    };
    auto read = [](std::string from, bool later) -> task<std::string> {
      if (later) co_await sleep(5ms);
      pipe_reader reader = co_await pipe_reader::open(std::move(from));
      std::string got = co_await read_to_end(reader);
      co_return got;
    };
    auto [nothing, got] = co_await gather(write(path, reader_first), read(path, !reader_first));
    CHECK(got == "through");
  }
}

TRIDEM_TEST("opening a fifo that nobody else opens can be given up") {
  const test::temporary_directory place;
  const std::string path = place / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  int given_up = 0;
  try {
    pipe_reader none = co_await wait_for(pipe_reader::open(path), 5ms);
  } catch (const timeout_error&) {
    ++given_up;
  }
  try {
    pipe_writer none = co_await wait_for(pipe_writer::open(path), 5ms);
  } catch (const timeout_error&) {
    ++given_up;
  }
  CHECK(given_up == 2);
  const std::string text =
      co_await test::text_of<std::system_error>(pipe_reader::open("/dev/null"));
  CHECK(text.find("'/dev/null' as a FIFO") != std::string::npos);
  const std::string missing =
      co_await test::text_of<std::system_error>(pipe_writer::open(place / "missing"));
  CHECK(missing.find("open '" + (place / "missing")) != std::string::npos);
}
