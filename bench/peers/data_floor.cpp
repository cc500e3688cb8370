// SPDX-License-Identifier: MIT
// What moving bytes costs at least: memcpy inside one process, and the system call that reads the
// memory of another one.
#include "bench/support/repeat.hpp"

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t mib = 1024 * 1024;

void copy_all(std::vector<std::byte>& into, const std::vector<std::byte>& from) {
  std::memcpy(into.data(), from.data(), from.size());
  asm volatile("" : : "r"(into.data()) : "memory");
}

void measure_memcpy(std::size_t size, int times, const char* question) {
  const std::vector<std::byte> from(size, std::byte{1});
  std::vector<std::byte> into(size);
  bench::stopwatch watch;
  while (watch.next()) {
    for (int i = 0; i < times; ++i) copy_all(into, from);
  }
  watch.report("memcpy, warm", question);
}

/// Into memory that is new each time, as that of any result is that somebody owns.
void measure_memcpy_fresh(std::size_t size, int times, const char* question) {
  const std::vector<std::byte> from(size, std::byte{1});
  bench::stopwatch watch;
  while (watch.next()) {
    for (int i = 0; i < times; ++i) {
      const std::vector<std::byte> into(from);
      asm volatile("" : : "r"(into.data()) : "memory");
    }
  }
  watch.report("memcpy, fresh", question);
}

/// The child has the bytes, and waits to be killed.
void measure_read_of_process(std::size_t size, const char* question) {
  const std::vector<std::byte> data(size, std::byte{1});
  std::vector<std::byte> into(size);
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  const ::iovec here{into.data(), size};
  const ::iovec there{const_cast<std::byte*>(data.data()), size};
  bench::stopwatch watch;
  bool is_whole = true;
  while (watch.next()) {
    is_whole &= ::process_vm_readv(child, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  if (is_whole) watch.report("process_vm_readv", question);
}

}  // namespace

int main() {
  measure_memcpy(mib, 1, "data for a process, 1 MiB in");
  measure_memcpy_fresh(mib, 1, "data for a process, 1 MiB in");
  measure_read_of_process(mib, "data for a process, 1 MiB in");
  measure_memcpy(64 * mib, 1, "data for a process, 64 MiB in");
  measure_memcpy_fresh(64 * mib, 1, "data for a process, 64 MiB in");
  measure_read_of_process(64 * mib, "data for a process, 64 MiB in");
  measure_memcpy(1024 * mib, 2, "data for a process, 1 GiB there and back");
  measure_memcpy_fresh(1024 * mib, 2, "data for a process, 1 GiB there and back");
}
