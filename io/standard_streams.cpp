// SPDX-License-Identifier: MIT
// Duplicates of the three descriptors that every process starts with.
#include <tridem/io/standard_streams.hpp>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tridem {
namespace {

descriptor duplicate_of(int number, const char* what) {
  // Above 2, so that a stream never becomes another standard one that is closed.
  descriptor copy{::fcntl(number, F_DUPFD_CLOEXEC, 3)};
  if (!copy) throw std::system_error(errno, std::generic_category(), what);
  return copy;
}

}  // namespace

pipe_reader standard_input() {
  return pipe_reader(duplicate_of(STDIN_FILENO, "use the standard input"));
}

pipe_writer standard_output() {
  return pipe_writer(duplicate_of(STDOUT_FILENO, "use the standard output"));
}

pipe_writer standard_error() {
  return pipe_writer(duplicate_of(STDERR_FILENO, "use the standard error"));
}

}  // namespace tridem
