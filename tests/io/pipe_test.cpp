// SPDX-License-Identifier: MIT
// Pipes: bytes in order, an end, a reader that has gone.
#include "tests/support/async_test.hpp"

#include <tridem/io/pipe.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>

#include <chrono>
#include <string>
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
