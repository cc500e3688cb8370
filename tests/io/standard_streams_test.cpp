// SPDX-License-Identifier: MIT
// Standard input and output, as every kind of thing that they can be.
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>
#include <tridem/io/standard_streams.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <array>
#include <chrono>
#include <fcntl.h>
#include <stdlib.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

using namespace tridem;
using namespace std::chrono_literals;
using tridem::test::temporary_directory;

namespace {

/// Lets a standard descriptor be something else for a while.
class replaced {
 public:
  replaced(int number, int by) : number_(number), kept_(::fcntl(number, F_DUPFD_CLOEXEC, 3)) {
    REQUIRE(::dup2(by, number) == number);
  }
  replaced(const replaced&) = delete;
  replaced& operator=(const replaced&) = delete;
  ~replaced() {
    if (kept_) {
      ::dup2(kept_.get(), number_);
    } else {
      ::close(number_);
    }
  }

 private:
  int number_;
  descriptor kept_;
};

bool is_non_blocking(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

task<std::string> read_line_of_input() {
  pipe_reader input = standard_input();
  std::string buffer;
  const std::size_t length = co_await input.read_until(buffer, "\n");
  co_return buffer.substr(0, length);
}

void put(int fd, std::string_view text) {
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TRIDEM_TEST("standard input: a pipe, before and while there is something to read") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const descriptor reader{ends[0]};
  descriptor writer{ends[1]};
  const replaced input(0, reader.get());
  auto reading = create_task(read_line_of_input());
  co_await sleep(2ms);
  CHECK(!reading.done());
  put(writer.get(), "a line\n");
  const std::string line = co_await std::move(reading);
  CHECK(line == "a line\n");
  CHECK(!is_non_blocking(0));
  writer.reset();
  pipe_reader ended = standard_input();
  std::array<char, 4> buffer{};
  const std::size_t none = co_await ended.read_some(as_writable_bytes(buffer));
  CHECK(none == 0);
  co_await ended.close();
  CHECK(::fcntl(0, F_GETFD) >= 0);
}

TRIDEM_TEST("standard input: a file is read on from where it stands") {
  const temporary_directory place;
  co_await write_file(place / "file", "skipped first\nsecond\n");
  const descriptor file{::open((place / "file").c_str(), O_RDONLY | O_CLOEXEC)};
  REQUIRE(::lseek(file.get(), 8, SEEK_SET) == 8);
  const replaced input(0, file.get());
  pipe_reader reader = standard_input();
  std::string buffer;
  const std::size_t length = co_await reader.read_until(buffer, "\n");
  CHECK(buffer.substr(0, length) == "first\n");
  const std::size_t none = co_await reader.read_until(buffer, "none");
  CHECK(none == 0);
  CHECK(buffer == "first\nsecond\n");
}

TRIDEM_TEST("standard input: /dev/null ends at once") {
  const descriptor null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const replaced input(0, null.get());
  const std::string line = co_await read_line_of_input();
  CHECK(line.empty());
}

TRIDEM_TEST("standard input: a terminal, waiting for a line") {
  const descriptor master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  REQUIRE(master);
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  std::array<char, 100> name{};
  REQUIRE(::ptsname_r(master.get(), name.data(), name.size()) == 0);
  const descriptor slave{::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
  REQUIRE(slave);
  const replaced input(0, slave.get());
  auto reading = create_task(read_line_of_input());
  co_await sleep(2ms);
  CHECK(!reading.done());
  put(master.get(), "typed\n");
  const std::string line = co_await std::move(reading);
  CHECK(line == "typed\n");
  CHECK(!is_non_blocking(0));

  const replaced output(1, slave.get());
  pipe_writer writer = standard_output();
  co_await writer.write_all(as_bytes("shown"));
  CHECK(!is_non_blocking(1));
}

TRIDEM_TEST("standard input: a socket, and a read that is cancelled") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const descriptor near{ends[0]};
  const descriptor far{ends[1]};
  const replaced input(0, near.get());
  auto cut = create_task(read_line_of_input());
  co_await sleep(2ms);
  cut.cancel();
  while (!cut.done()) co_await yield();
  put(far.get(), "kept\n");
  const std::string line = co_await read_line_of_input();
  CHECK(line == "kept\n");
  CHECK(!is_non_blocking(0));
}

TRIDEM_TEST("standard output: a full pipe in blocking mode holds nobody up") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const descriptor reader{ends[0]};
  descriptor writer{ends[1]};
  const std::string text(300'000, 'o');
  std::string got;
  {
    const replaced output(1, writer.get());
    writer.reset();
    pipe_writer stream = standard_output();
    auto writing = create_task(stream.write_all(as_bytes(text)));
    co_await sleep(2ms);
    CHECK(!writing.done());
    CHECK(!is_non_blocking(1));
    pipe_reader from(reader.duplicate());
    std::array<char, 10'000> chunk;
    while (got.size() < text.size()) {
      const std::size_t count = co_await from.read_some(as_writable_bytes(chunk));
      got.append(chunk.data(), count);
    }
    co_await std::move(writing);
  }
  CHECK(got == text);
}

TRIDEM_TEST("standard streams that are closed are said so") {
  const descriptor kept{::fcntl(0, F_DUPFD_CLOEXEC, 3)};
  std::string text;
  ::close(0);
  try {
    pipe_reader none = standard_input();
  } catch (const std::system_error& error) {
    text = error.what();
  }
  if (kept) ::dup2(kept.get(), 0);
  CHECK(text.find("use the standard input") != std::string::npos);
  co_return;
}
