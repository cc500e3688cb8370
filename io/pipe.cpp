// SPDX-License-Identifier: MIT
// Making pipes.
#include <tridem/io/pipe.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tridem {

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "make a pipe");
  }
  return {pipe_reader(descriptor{ends[0]}), pipe_writer(descriptor{ends[1]})};
}

}  // namespace tridem
