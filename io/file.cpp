// SPDX-License-Identifier: MIT
// What of a file takes more than one operation.
#include <tridem/io/detail/statx.hpp>
#include <tridem/io/detail/system_path.hpp>
#include <tridem/io/file.hpp>
#include <tridem/io/paths.hpp>
#include <tridem/runtime/shield.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
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
  if (has(flags, open_flags::direct)) native |= O_DIRECT;
  return native;
}

auto open_native(const std::string& path, int flags, unsigned mode) {
  return operation_awaitable<open_operation>(
      open_operation(AT_FDCWD, detail::system_path(path), flags, mode));
}

// Moves bytes between a file and many buffers: `Operation` is readv or writev. Gives how many; a
// part that moves nothing ends it.
template <class Operation, class Buffer>
task<std::size_t> transfer(detail::io_object& object, std::span<const Buffer> parts,
                           std::uint64_t offset) {
  constexpr std::size_t batch = 64;
  std::array<::iovec, batch> vectors;
  std::size_t skip = 0;  // bytes of the first part that are done already
  std::size_t total = 0;
  for (;;) {
    while (!parts.empty() && skip == parts.front().size()) {
      parts = parts.subspan(1);
      skip = 0;
    }
    if (parts.empty()) co_return total;
    const std::size_t count = std::min(parts.size(), batch);
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
    }
    vectors[0].iov_base = static_cast<std::byte*>(vectors[0].iov_base) + skip;
    vectors[0].iov_len -= skip;
    const ::iovec* const given = vectors.data();
    std::size_t moved = co_await object.start<Operation>(given, static_cast<std::uint32_t>(count),
                                                         detail::file_position(offset + total));
    if (moved == 0) co_return total;
    total += moved;
    moved += skip;
    while (!parts.empty() && moved >= parts.front().size()) {
      moved -= parts.front().size();
      parts = parts.subspan(1);
    }
    skip = moved;
  }
}

}  // namespace

task<file> file::open(std::string path, open_flags flags, unsigned mode) {
  const int native = to_native(flags);
  // A FIFO must not hold a thread until somebody opens its other end.
  result<descriptor> opened = co_await as_result(open_native(path, native | O_NONBLOCK, mode));
  if (!opened && opened.error() == std::errc::resource_unavailable_try_again) {
    // Somebody holds a lease on the file and is asked to give it back: that is to be waited for.
    descriptor waited = co_await open_native(path, native, mode);
    co_return file(std::move(waited));
  }
  if (!opened) throw std::system_error(opened.error(), "open '" + path + "'");
  // The mode of waiting is this descriptor's own, nobody shares it yet.
  ::fcntl(opened->get(), F_SETFL, native & (O_APPEND | O_DIRECT));
  co_return file(std::move(*opened));
}

task<file> file::temporary(std::string directory, unsigned mode) {
  descriptor opened = co_await open_native(directory, O_TMPFILE | O_RDWR, mode);
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

task<std::size_t> file::readv_at(std::span<const mutable_buffer> parts, std::uint64_t offset) {
  return transfer<readv_operation>(object_, parts, offset);
}

task<> file::writev_at(std::span<const const_buffer> parts, std::uint64_t offset) {
  static_cast<void>(co_await transfer<writev_operation>(object_, parts, offset));
}

task<> file::link_to(std::string path) {
  // By the name that the system has for the descriptor: AT_EMPTY_PATH needs a capability.
  const std::string self = "/proc/self/fd/" + std::to_string(object_.fd());
  co_await operation_awaitable<link_operation>(link_operation(
      AT_FDCWD, self.c_str(), AT_FDCWD, detail::system_path(path), AT_SYMLINK_FOLLOW));
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
  std::string all = co_await source.read_all(limit);
  co_await source.close();
  co_return all;
}

namespace {

task<> fill_and_close(file target, const_buffer bytes, bool sync) {
  co_await target.write_all_at(bytes, 0);
  if (sync) co_await target.sync();
  co_await target.close();
}

// A name beside `path` that nobody else uses. Not made of the process id: in a container that is
// the same after each start, and a name that was left behind by a crash would be in the way.
std::string name_beside(const std::string& path) {
  std::uint64_t random = 0;
  static_cast<void>(::getrandom(&random, sizeof random, 0));
  char suffix[24];
  std::snprintf(suffix, sizeof suffix, ".%016" PRIx64 "~", random);
  return path + suffix;
}

// After a crash the name may be missing although the file is on the disk.
task<> sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  file names = co_await file::open(std::move(directory));
  co_await names.sync();
  co_await names.close();
}

// A device or a pipe by that name is written to by its users, and would be gone.
task<> refuse_to_replace_others(const std::string& path) {
  auto there = co_await as_result(status_of(path, symlinks::keep));
  if (!there) co_return;
  const file_type type = there->type;
  if (type == file_type::regular || type == file_type::symlink) co_return;
  throw std::system_error(EINVAL, std::generic_category(),
                          "put a file in the place of '" + path + "', a " + name_of(type) +
                              " (write_options::atomic is for regular files)");
}

task<> replace_file(std::string path, const_buffer bytes, write_options options) {
  co_await refuse_to_replace_others(path);
  const std::string beside = name_beside(path);
  const open_flags flags = open_flags::write | open_flags::create | open_flags::exclusive;
  file made = co_await file::open(beside, flags, options.mode);
  std::exception_ptr failed;
  try {
    co_await fill_and_close(std::move(made), bytes, options.sync);
    co_await rename_file(beside, path);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    static_cast<void>(co_await shield(as_result(remove_file(beside))));
    std::rethrow_exception(failed);
  }
  if (options.sync) co_await sync_directory_of(path);
}

}  // namespace

task<> write_file(std::string path, const_buffer bytes, write_options options) {
  if (options.atomic) co_return co_await replace_file(std::move(path), bytes, options);
  const open_flags flags = open_flags::write | open_flags::create | open_flags::truncate;
  file target = co_await file::open(std::move(path), flags, options.mode);
  co_await fill_and_close(std::move(target), bytes, options.sync);
}

}  // namespace tridem
