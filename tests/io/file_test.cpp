// SPDX-License-Identifier: MIT
// Files: whole and by pieces, what is refused, and what the system says about them.
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <array>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tridem;
using tridem::test::temporary_directory;

namespace {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 131 >> 5);
  return bytes;
}

}  // namespace

TRIDEM_TEST("what write_file wrote is what read_file gives, of any size") {
  const temporary_directory place;
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 100'000U, 5'000'000U}) {
    const std::string path = place / "file";
    const std::string bytes = pattern(size);
    co_await write_file(path, bytes);
    const std::string read = co_await read_file(path);
    CHECK(read == bytes);
  }
}

TRIDEM_TEST("writing a file again leaves nothing of its former content") {
  const temporary_directory place;
  const std::string path = place / "file";
  co_await write_file(path, "a long first content");
  co_await write_file(path, "short");
  const std::string read = co_await read_file(path);
  CHECK(read == "short");
}

TRIDEM_TEST("files whose size says nothing are read to their end") {
  const std::string status = co_await read_file("/proc/self/status");
  CHECK(status.find("VmRSS") != std::string::npos);
  const std::string nothing = co_await read_file("/dev/null");
  CHECK(nothing.empty());
}

TRIDEM_TEST("such a file is read in non-blocking mode too") {
  const int fd = ::open("/proc/self/status", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  file status{descriptor(fd)};
  const std::string text = co_await status.read_all();
  CHECK(text.find("VmRSS") != std::string::npos);
}

TRIDEM_TEST("read_all stops at its limit with an error") {
  const temporary_directory place;
  const std::string path = place / "file";
  co_await write_file(path, pattern(10'000));
  const std::string exact = co_await read_file(path, 10'000);
  CHECK(exact.size() == 10'000);
  const auto beyond = co_await as_result(read_file(path, 9'999));
  CHECK(beyond.has_value() == false);
}

TRIDEM_TEST("reads and writes at offsets, and what stands behind the end") {
  const temporary_directory place;
  file both = co_await file::open(place / "file", open_flags::read_write | open_flags::create);
  co_await both.write_all_at(as_bytes("0123456789"), 100);
  std::array<char, 20> buffer{};
  std::size_t count = co_await both.read_exactly_at(as_writable_bytes(buffer), 105);
  CHECK(count == 5);
  CHECK(std::string(buffer.data(), 5) == "56789");
  count = co_await both.read_at(as_writable_bytes(buffer), 110);
  CHECK(count == 0);
  const std::uint64_t size = co_await both.size();
  CHECK(size == 110);
  co_await both.sync();
  co_await both.sync(true);
  co_await both.close();
  CHECK(!both.is_open());
  const auto after = co_await as_result(both.read_at(as_writable_bytes(buffer), 0));
  CHECK(after.error() == std::errc::bad_file_descriptor);
}

TRIDEM_TEST("many reads of one file at once, each with its own place") {
  const temporary_directory place;
  const std::string bytes = pattern(1 << 20);
  co_await write_file(place / "file", bytes);
  file source = co_await file::open(place / "file");
  constexpr std::size_t piece = 4096;
  std::vector<std::string> pieces((1 << 20) / piece, std::string(piece, '\0'));
  std::vector<task<std::size_t>> reads;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    reads.push_back(source.read_exactly_at(as_writable_bytes(pieces[i]), i * piece));
  }
  co_await gather(std::move(reads));
  std::string all;
  for (const std::string& one : pieces) all += one;
  CHECK(all == bytes);
}

TRIDEM_TEST("open says what it could not open, and why") {
  const temporary_directory place;
  std::string text;
  std::error_code code;
  try {
    file missing = co_await file::open(place / "missing");
  } catch (const std::system_error& error) {
    text = error.what();
    code = error.code();
  }
  CHECK(code == std::errc::no_such_file_or_directory);
  CHECK(text.find("open") != std::string::npos);
  CHECK(text.find("missing") != std::string::npos);
}

TRIDEM_TEST("exclusive, append and no_follow mean what they say") {
  const temporary_directory place;
  const std::string path = place / "file";
  co_await write_file(path, "abc");
  const auto exclusive = co_await as_result(
      file::open(path, open_flags::write | open_flags::create | open_flags::exclusive));
  CHECK(!exclusive.has_value());

  file end = co_await file::open(path, open_flags::write | open_flags::append);
  co_await end.write_all_at(as_bytes("def"), 0);
  const std::string both = co_await read_file(path);
  CHECK(both == "abcdef");

  const std::string link = place / "link";
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  const std::string through = co_await read_file(link);
  CHECK(through == "abcdef");
  const auto refused =
      co_await as_result(file::open(link, open_flags::read | open_flags::no_follow));
  CHECK(!refused.has_value());
}

TRIDEM_TEST("a directory opens, and reading it is an error") {
  const temporary_directory place;
  file directory = co_await file::open(place.path());
  std::array<char, 8> buffer{};
  const auto read = co_await as_result(directory.read_at(as_writable_bytes(buffer), 0));
  CHECK(read.error() == std::errc::is_a_directory);
}

TRIDEM_TEST("names are bytes") {
  const temporary_directory place;
  const std::string path = place / "line\nbreak \xff\xfe";
  co_await write_file(path, "found");
  const std::string read = co_await read_file(path);
  CHECK(read == "found");
}
