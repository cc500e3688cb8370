// SPDX-License-Identifier: MIT
// The leak check must see leaks, or every other test proves less than it seems to.
#include "tests/support/census.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tridem::test {
namespace {

/// The only line of a difference, or all of them. What other programs do to /dev/shm meanwhile may
/// show for a moment, so that several lines are looked at again.
std::string only_line(const census& before) {
  std::vector<std::string> lines;
  for (int look = 0; look < 100; ++look) {
    lines = census::difference(before, census::take());
    if (lines.size() == 1) return lines.front();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::string all = std::to_string(lines.size()) + " lines:";
  for (const std::string& line : lines) all += "\n  " + line;
  return all;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a census of nothing new shows no difference") {
  const census before = census::take();
  CHECK(census::difference(before, census::take()).empty());
}

TEST_CASE("an open descriptor is seen, and one that was closed for its owner") {
  const census before = census::take();
  const int fd = ::dup(STDERR_FILENO);
  CHECK(contains(only_line(before), ("left: descriptor " + std::to_string(fd)).c_str()));
  const census with_fd = census::take();
  ::close(fd);
  CHECK(contains(only_line(with_fd), "gone: descriptor"));
}

TEST_CASE("a zombie is seen") {
  const census before = census::take();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  const std::string line = only_line(before);
  CHECK(contains(line, ("left: process " + std::to_string(child)).c_str()));
  CHECK(contains(line, "state Z"));
  REQUIRE(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("a grandchild is seen although its parent is gone") {
  int lifeline[2];
  REQUIRE(::pipe(lifeline) == 0);
  int report[2];
  REQUIRE(::pipe(report) == 0);
  const census before = census::take();
  const pid_t child = ::fork();
  if (child == 0) {
    // An exec shows the mark in /proc; the shell ends when the test closes its end of the pipe.
    ::close(lifeline[1]);
    ::close(report[0]);
    ::dup2(lifeline[0], STDIN_FILENO);
    ::dup2(report[1], STDOUT_FILENO);
    if (::fork() != 0) ::_exit(0);
    ::execl("/bin/sh", "sh", "-c", "echo up; read line", nullptr);
    ::_exit(1);
  }
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  char up = 0;
  REQUIRE(::read(report[0], &up, 1) == 1);
  const std::string line = only_line(before);
  INFO(line);
  CHECK(contains(line, "left: process"));
  ::close(lifeline[1]);
  ::close(report[1]);
  // The pipe ends when the grandchild has.
  char rest[16];
  while (::read(report[0], rest, sizeof rest) > 0) {
  }
  ::close(lifeline[0]);
  ::close(report[0]);
}

TEST_CASE("a thread is seen") {
  const census before = census::take();
  std::promise<void> stop;
  std::thread other([&] { stop.get_future().wait(); });
  CHECK(contains(only_line(before), "left: thread"));
  stop.set_value();
  other.join();
}

TEST_CASE("shared memory is seen after its descriptor was closed") {
  const census before = census::take();
  const int fd = ::memfd_create("census", MFD_CLOEXEC);
  REQUIRE(::ftruncate(fd, 4096) == 0);
  void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  CHECK(contains(only_line(before), "memfd:census"));
  ::munmap(at, 4096);
}

}  // namespace
}  // namespace tridem::test
