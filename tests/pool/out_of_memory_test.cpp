// SPDX-License-Identifier: MIT
// A worker that the kernel ends for lack of memory: the error says so, if the kernel does.
#include "pool/confinement/group_home.hpp"
#include "tests/pool/child_support.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/run.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace tridem::test;

namespace {

/// Touches more memory than its group may have.
int take_memory(std::size_t bytes) {
  std::vector<char> memory(bytes);
  for (std::size_t i = 0; i < bytes; i += 4096) memory[i] = 'm';
  return memory[bytes / 2];
}
int twice(int n) {
  return 2 * n;
}
int end_by(int signal) {
  ::raise(signal);
  return 0;
}

bool write_to(const std::string& file, const std::string& text) {
  const int number = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (number < 0) return false;
  const bool is_written =
      ::write(number, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(number);
  return is_written;
}

/// A memory cgroup with a limit of its own, below that of this process; none where that may not be.
struct memory_group {
  explicit memory_group(std::size_t bytes) {
    auto home = tridem::detail::find_group_home("memory");
    // Version 1 has groups below groups with processes everywhere, if not for everybody.
    if (!home.is_unified) home.folders.emplace_back("/sys/fs/cgroup/memory");
    const char* limit = home.is_unified ? "/memory.max" : "/memory.limit_in_bytes";
    for (const std::string& parent : home.folders) {
      if (home.is_unified) (void)write_to(parent + "/cgroup.subtree_control", "+memory");
      directory = parent + "/tridem-test-" + std::to_string(::getpid());
      if (::mkdir(directory.c_str(), 0755) != 0) continue;
      if (write_to(directory + limit, std::to_string(bytes))) return;
      ::rmdir(directory.c_str());
    }
    directory.clear();
  }
  memory_group(const memory_group&) = delete;
  ~memory_group() {
    if (!directory.empty()) ::rmdir(directory.c_str());
  }
  /// Moves this process into it.
  [[nodiscard]] bool enter() const { return write_to(directory + "/cgroup.procs", "0"); }

  std::string directory;
};

/// Says 'm' when the error tells of the memory, 'k' when it tells of a kill only.
tridem::task<> report(int words) {
  tridem::process_pool pool{{.workers = 2}};
  co_await pool.submit<&twice>(1);
  for (const bool by_memory : {true, false, true}) {
    try {
      if (by_memory) {
        (void)co_await pool.submit<&take_memory>(std::size_t{2} << 30);
      } else {
        (void)co_await pool.submit<&end_by>(SIGKILL);
      }
    } catch (const tridem::worker_crashed& error) {
      const std::string text = error.what();
      const bool is_said = text.find("out of memory") != text.npos;
      say(words, error.out_of_memory() != is_said ? '?' : is_said ? 'm' : 'k');
    }
  }
  const int four = co_await pool.submit<&twice>(2);
  say(words, four == 4 ? '.' : '?');
}

}  // namespace

TEST_CASE("out_of_memory: the kernel's word for it is in the error, and no other death is blamed") {
  // A sanitizer that has run all other tests before this one brings hundreds of megabytes along.
  const memory_group group(std::size_t{1} << 30);
  if (group.directory.empty()) {
    MESSAGE("no memory cgroup can be made here: not tested");
    return;
  }
  std::string said;
  (void)in_a_child(
      [&](int words) {
        if (!group.enter()) ::_exit(77);
        tridem::run(report(words));
      },
      [&](pid_t, int words) {
        for (char word; ::read(words, &word, 1) == 1;) said += word;
      });
  CHECK(said == "mkm.");
}
