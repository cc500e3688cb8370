// SPDX-License-Identifier: MIT
// Files: whole and by pieces, what is refused, and what the system says about them.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/aligned_buffer.hpp>
#include <tridem/io/file.hpp>
#include <tridem/io/paths.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tridem;
using tridem::test::temporary_directory;

namespace fs = std::filesystem;

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

TRIDEM_TEST("a file is written to and read from many buffers, empty ones and many included") {
  const temporary_directory place;
  file both = co_await file::open(place / "file", open_flags::read_write | open_flags::create);
  std::vector<std::string> texts;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    texts.emplace_back(static_cast<std::size_t>(i % 5) * 100, static_cast<char>('a' + i % 26));
    expected += texts.back();
  }
  std::vector<const_buffer> parts;
  for (const std::string& text : texts) parts.push_back(as_bytes(text));
  co_await both.writev_at(parts, 7);
  const std::uint64_t size = co_await both.size();
  CHECK(size == expected.size() + 7);

  std::vector<std::string> rooms;
  std::vector<mutable_buffer> into;
  for (const std::string& text : texts) rooms.emplace_back(text.size(), '\0');
  rooms.emplace_back(100, '\0');
  for (std::string& room : rooms) into.push_back(as_writable_bytes(room));
  const std::size_t count = co_await both.readv_at(into, 7);
  CHECK(count == expected.size());
  rooms.pop_back();
  CHECK(rooms == texts);
  const std::size_t none = co_await both.readv_at(into, 1'000'000);
  CHECK(none == 0);
  const std::size_t nothing = co_await both.readv_at(std::span<const mutable_buffer>{}, 0);
  CHECK(nothing == 0);
}

TRIDEM_TEST("truncate cuts and grows, allocate takes room") {
  const temporary_directory place;
  file target = co_await file::open(place / "file", open_flags::read_write | open_flags::create);
  co_await target.write_all_at(as_bytes("0123456789"), 0);
  co_await target.truncate(4);
  std::string text = co_await target.read_all();
  CHECK(text == "0123");
  co_await target.truncate(6);
  text = co_await target.read_all();
  CHECK(text == std::string("0123\0\0", 6));
  const auto allocated = co_await as_result(target.allocate(0, 100'000));
  if (allocated) {
    const file_status status = co_await target.status();
    CHECK(status.size == 100'000);
    CHECK(status.blocks * 512 >= 100'000);
  } else {
    CHECK(allocated.error() == std::errc::operation_not_supported);
  }
  file reader = co_await file::open(place / "file");
  const auto refused = co_await as_result(reader.truncate(0));
  CHECK(refused.error() == std::errc::invalid_argument);
}

TRIDEM_TEST("a temporary file has no name until it is given one") {
  const temporary_directory place;
  file made;
  try {
    made = co_await file::temporary(place.path());
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::operation_not_supported);
    co_return;
  }
  co_await made.write_all_at(as_bytes("content"), 0);
  CHECK(std::filesystem::is_empty(place.path()));
  co_await made.link_to(place / "name");
  const std::string read = co_await read_file(place / "name");
  CHECK(read == "content");
  const std::string text =
      co_await tridem::test::text_of<std::system_error>(made.link_to(place / "name"));
  CHECK(text.find("to '" + (place / "name")) != std::string::npos);
  co_await made.close();
}

TRIDEM_TEST("an atomic write leaves the old content or the new one, and nothing beside it") {
  const temporary_directory place;
  const std::string path = place / "file";
  write_options atomic;
  atomic.atomic = true;
  atomic.sync = true;
  co_await write_file(path, "first", atomic);
  file before = co_await file::open(path);
  co_await write_file(path, "second", atomic);
  const std::string old = co_await before.read_all();
  CHECK(old == "first");
  const std::string now = co_await read_file(path);
  CHECK(now == "second");

  REQUIRE(::mkdir((place / "directory").c_str(), 0700) == 0);
  const auto refused = co_await as_result(write_file(place / "directory", "x", atomic));
  CHECK(!refused.has_value());
  auto cut = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    co_await write_file(path, "third", atomic);
  };
  const bool ended = co_await with_cancel_scope(cut);
  CHECK(!ended);
  const std::string kept = co_await read_file(path);
  CHECK(kept == "second");
  int names = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
    static_cast<void>(entry);
    ++names;
  }
  CHECK(names == 2);
}

TRIDEM_TEST("past the page cache, with aligned buffers, where the file system can") {
  const temporary_directory place;
  const std::string path = place / "file";
  co_await write_file(path, pattern(8192));
  file direct;
  try {
    direct = co_await file::open(path, open_flags::read_write | open_flags::direct);
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::invalid_argument);
    co_return;
  }
  aligned_buffer buffer(8000);
  CHECK(buffer.size() == 8192);
  const std::size_t count = co_await direct.read_exactly_at(buffer, 0);
  CHECK(count == 8192);
  CHECK(as_text(buffer) == pattern(8192));
  buffer.data()[0] = std::byte{'X'};
  co_await direct.write_all_at(const_buffer(buffer).first(4096), 4096);
  const std::string after = co_await read_file(path);
  CHECK(after[4096] == 'X');
}

TRIDEM_TEST("a fifo is opened without waiting for its other end") {
  const temporary_directory place;
  REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
  file reader = co_await file::open(place / "fifo");
  CHECK((::fcntl(reader.native_handle(), F_GETFL) & O_NONBLOCK) == 0);
  file writer = co_await file::open(place / "fifo", open_flags::write);
  co_await writer.write_all_at(as_bytes("through"), 0);
  std::array<char, 20> buffer{};
  const std::size_t count = co_await reader.read_at(as_writable_bytes(buffer), 0);
  CHECK(std::string(buffer.data(), count) == "through");
  co_await reader.close();
  const auto nobody = co_await as_result(file::open(place / "fifo", open_flags::write));
  CHECK(!nobody.has_value());
}

TRIDEM_TEST("closing a file ends what is pending, and happens in a cancelled scope too") {
  const temporary_directory place;
  file target = co_await file::open(place / "file", open_flags::write | open_flags::create);
  const int number = target.native_handle();
  auto close_cancelled = [&](cancel_scope& scope) -> task<> {
    scope.cancel();
    co_await target.close();
  };
  co_await with_cancel_scope(close_cancelled);
  CHECK(!target.is_open());
  CHECK(::fcntl(number, F_GETFD) == -1);
  co_await target.close();
}

TRIDEM_TEST("a path with a zero byte in it is refused, and does not mean another file") {
  const temporary_directory place;
  co_await write_file(place / "name", "kept");
  const std::string trap = (place / "name") + std::string("\0.txt", 5);
  const std::string text = co_await test::text_of<std::system_error>(file::open(trap));
  CHECK(text.find("name\\0...'") != std::string::npos);
  write_options atomic;
  atomic.atomic = true;
  std::vector<task<>> refused;
  refused.push_back(write_file(trap, "lost"));
  refused.push_back(write_file(trap, "lost", atomic));
  refused.push_back(remove_file(trap));
  refused.push_back(rename_file(place / "name", trap));
  refused.push_back(rename_file(trap, place / "other"));
  refused.push_back(link_file(trap, place / "other"));
  refused.push_back(make_directory(trap));
  refused.push_back(remove_directory(trap));
  for (task<>& each : refused) {
    const auto ended = co_await as_result(std::move(each));
    CHECK(ended.error() == std::errc::invalid_argument);
  }
  const std::string now = co_await read_file(place / "name");
  CHECK(now == "kept");
}

TRIDEM_TEST("an offset that no file can have is refused, and never means the position") {
  file here = co_await file::temporary("/tmp");
  std::array<std::byte, 4> room{};
  for (const std::uint64_t offset : {UINT64_MAX, UINT64_MAX - 1, std::uint64_t{1} << 63}) {
    const auto read = co_await as_result(here.read_at(room, offset));
    CHECK(read.error() == std::errc::invalid_argument);
    const auto written = co_await as_result(here.write_at(room, offset));
    CHECK(written.error() == std::errc::invalid_argument);
    const std::array<const_buffer, 1> parts{const_buffer(room)};
    const auto gathered = co_await as_result(here.writev_at(parts, offset));
    CHECK(gathered.error() == std::errc::invalid_argument);
  }
  const std::uint64_t size = co_await here.size();
  CHECK(size == 0);
}

TRIDEM_TEST("an atomic write leaves alone what is no file") {
  const temporary_directory place;
  write_options atomic;
  atomic.atomic = true;
  REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
  std::string text =
      co_await test::text_of<std::system_error>(write_file(place / "fifo", "text", atomic));
  CHECK(text.find("a fifo") != std::string::npos);
  CHECK(fs::is_fifo(place / "fifo"));
  text = co_await test::text_of<std::system_error>(write_file(place.path(), "text", atomic));
  CHECK(text.find("a directory") != std::string::npos);
  fs::create_symlink(place / "fifo", place / "link");
  co_await write_file(place / "link", "text", atomic);
  CHECK(fs::is_regular_file(fs::symlink_status(place / "link")));
  CHECK(fs::is_fifo(place / "fifo"));
}
