// SPDX-License-Identifier: MIT
// What of a file takes more than one operation.
#include <tridem/io/detail/statx.hpp>
#include <tridem/io/file.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace tridem {
namespace {

int to_native(open_flags flags) noexcept {
  int native = O_CLOEXEC;
  if (!has(flags, open_flags::write)) {
    native |= O_RDONLY;
  } else {
    native |= has(flags, open_flags::read) ? O_RDWR : O_WRONLY;
  }
  if (has(flags, open_flags::create)) native |= O_CREAT;
  if (has(flags, open_flags::truncate)) native |= O_TRUNC;
  if (has(flags, open_flags::exclusive)) native |= O_EXCL;
  if (has(flags, open_flags::append)) native |= O_APPEND;
  if (has(flags, open_flags::no_follow)) native |= O_NOFOLLOW;
  return native;
}

}  // namespace

task<file> file::open(std::string path, open_flags flags, unsigned mode) {
  descriptor opened = co_await operation_awaitable<open_operation>(
      open_operation(AT_FDCWD, path.c_str(), to_native(flags), mode));
  co_return file(std::move(opened));
}

task<std::size_t> file::read_exactly_at(mutable_buffer into, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const std::size_t count = co_await read_at(into.subspan(filled), offset + filled);
    if (count == 0) break;
    filled += count;
  }
  co_return filled;
}

task<> file::write_all_at(const_buffer from, std::uint64_t offset) {
  while (!from.empty()) {
    const std::size_t count = co_await write_at(from, offset);
    from = from.subspan(count);
    offset += count;
  }
}

task<std::string> file::read_all(std::size_t limit) {
  constexpr std::uint64_t smallest_step = 4096;
  constexpr std::uint64_t largest_guess = 1
                                          << 30;  // a size is a claim; memory follows what was read
  const std::uint64_t claimed = co_await size();
  std::string all;
  // One byte more than the size, so that the first read already finds the end.
  std::uint64_t room = std::clamp(claimed + 1, smallest_step, largest_guess);
  std::size_t filled = 0;
  for (;;) {
    if (filled == all.size()) {
      all.resize(filled + static_cast<std::size_t>(room));
      room = all.size();
    }
    const mutable_buffer into = as_writable_bytes(all).subspan(filled);
    const std::size_t count = co_await read_at(into, filled);
    if (count == 0) break;
    filled += count;
    if (filled > limit) {
      throw std::system_error(EFBIG, std::generic_category(),
                              "read a whole file of more than " + std::to_string(limit) + " bytes");
    }
  }
  all.resize(filled);
  co_return all;
}

task<file_status> file::status() {
  struct ::statx answer{};
  co_await object_.start<stat_operation>("", AT_EMPTY_PATH, STATX_BASIC_STATS, &answer);
  co_return detail::to_status(answer);
}

task<std::uint64_t> file::size() {
  const file_status now = co_await status();
  co_return now.size;
}

task<std::string> read_file(std::string path, std::size_t limit) {
  file source = co_await file::open(std::move(path));
  co_return co_await source.read_all(limit);
}

task<> write_file(std::string path, const_buffer bytes, unsigned mode) {
  const open_flags flags = open_flags::write | open_flags::create | open_flags::truncate;
  file target = co_await file::open(std::move(path), flags, mode);
  co_await target.write_all_at(bytes, 0);
}

}  // namespace tridem
