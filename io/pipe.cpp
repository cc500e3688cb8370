// SPDX-License-Identifier: MIT
// Making pipes, and opening those that have a name.
#include <tridem/io/detail/system_path.hpp>
#include <tridem/io/detail/write_parts.hpp>
#include <tridem/io/pipe.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tridem {
namespace {

// Never waits for the other end: no thread and no request of the ring is held by it.
task<result<descriptor>> open_fifo(std::string path, int direction) {
  auto opening = operation_awaitable<open_operation>(
      open_operation(AT_FDCWD, detail::system_path(path), direction | O_NONBLOCK | O_CLOEXEC));
  result<descriptor> opened = co_await as_result(std::move(opening));
  if (!opened) co_return opened;
  struct ::stat about{};
  if (::fstat(opened->get(), &about) != 0 || !S_ISFIFO(about.st_mode)) {
    throw std::system_error(EINVAL, std::generic_category(), "open '" + path + "' as a FIFO");
  }
  co_return opened;
}

[[noreturn]] void fail_to_open(const std::error_code& error, const std::string& path) {
  throw std::system_error(error, "open '" + path + "'");
}

}  // namespace

task<pipe_reader> pipe_reader::open(std::string path) {
  result<descriptor> opened = co_await open_fifo(path, O_RDONLY);
  if (!opened) fail_to_open(opened.error(), path);
  descriptor end = std::move(*opened);
  // As long as no writer has come, a read would take that for the end.
  co_await operation_awaitable<poll_operation>(poll_operation(end.get(), POLLIN));
  co_return pipe_reader(std::move(end));
}

task<pipe_writer> pipe_writer::open(std::string path) {
  using namespace std::chrono_literals;
  constexpr duration longest_pause = 50ms;
  duration pause = 1ms;
  for (;;) {
    result<descriptor> opened = co_await open_fifo(path, O_WRONLY);
    if (opened) co_return pipe_writer(std::move(*opened));
    // Nobody reads yet.
    if (opened.error() != std::errc::no_such_device_or_address) fail_to_open(opened.error(), path);
    co_await sleep(pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

task<> pipe_writer::writev(std::span<const const_buffer> parts) {
  return detail::write_parts(object_, parts, detail::sink::pipe);
}

std::size_t pipe_writer::capacity() const {
  const int bytes = ::fcntl(object_.fd(), F_GETPIPE_SZ);
  if (bytes < 0) throw std::system_error(errno, std::generic_category(), "ask a pipe's capacity");
  return static_cast<std::size_t>(bytes);
}

void pipe_writer::capacity(std::size_t bytes) {
  constexpr std::size_t most = 1U << 30;
  if (::fcntl(object_.fd(), F_SETPIPE_SZ, static_cast<int>(std::min(bytes, most))) < 0) {
    throw std::system_error(errno, std::generic_category(), "set a pipe's capacity");
  }
}

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "make a pipe");
  }
  return {pipe_reader(descriptor{ends[0]}), pipe_writer(descriptor{ends[1]})};
}

}  // namespace tridem
