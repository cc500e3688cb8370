// SPDX-License-Identifier: MIT
// Control groups of workers, which nobody leaves behind, and what workers see of the environment.
#include "pool/confinement/control_group.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using tridem::process_pool;

namespace {

std::size_t allocate(std::size_t bytes) {
  std::vector<char> block(bytes, 'x');
  return block.size();
}
std::string variable(std::string name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}
/// How many children it can have at a time.
int count_children() {
  std::vector<pid_t> all;
  for (pid_t child; (child = ::fork()) >= 0;) {
    if (child == 0) {
      for (;;) ::pause();
    }
    all.push_back(child);
  }
  const int error = errno;
  for (const pid_t child : all) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  return error == EAGAIN ? static_cast<int>(all.size()) : -error;
}

/// Whether this user can make control groups with this controller here: in version 2, where the
/// folder has it and may hand it down.
bool can_make_groups(const char* controller) {
  const tridem::detail::group_home home = tridem::detail::find_group_home(controller);
  return std::ranges::any_of(home.folders, [&](const std::string& folder) {
    if (home.is_unified) {
      std::ofstream(folder + "/cgroup.subtree_control") << "+" << controller << std::flush;
      std::ifstream file(folder + "/cgroup.subtree_control");
      std::string words;
      std::getline(file, words);
      if (!tridem::detail::has_word(words, controller, ' ')) return false;
    }
    const std::string made = folder + "/tridem-test-" + std::to_string(::getpid());
    return ::mkdir(made.c_str(), 0755) == 0 && ::rmdir(made.c_str()) == 0;
  });
}
/// Groups that workers of a server have left.
std::size_t groups_of(const char* controller, int server) {
  std::size_t count = 0;
  const std::string prefix = "tridem-" + std::to_string(server) + "-";
  for (const std::string& folder : tridem::detail::find_group_home(controller).folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      count += entry.path().filename().string().starts_with(prefix);
    }
  }
  return count;
}

/// A sanitizer takes memory and processes of its own.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
constexpr bool is_sanitized = __has_feature(thread_sanitizer) || __has_feature(address_sanitizer);
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace

TRIDEM_TEST("a worker that takes more memory than its group has dies, and the error says of what") {
  if (is_sanitized || !can_make_groups("memory")) co_return;
  constexpr std::uint64_t most = std::uint64_t{64} << 20;
  process_pool pool{{.workers = 1, .limits = {.memory = most}}};
  CHECK(co_await pool.submit<&allocate>(std::size_t{1} << 20) == std::size_t{1} << 20);
  const int server = pool.stats().server_pid;
  CHECK(groups_of("memory", server) == 1);
  const std::string enforced = pool.stats().each.at(0).enforced;
  CHECK(enforced == "memory " + std::to_string(most) + " bytes");
  bool out_of_memory = false;
  std::string text;
  try {
    co_await pool.submit<&allocate>(std::size_t{4} * most);
  } catch (const tridem::worker_crashed& crash) {
    out_of_memory = crash.out_of_memory();
    text = crash.what();
    CHECK(crash.signal() == SIGKILL);
  }
  CAPTURE(text);
  CHECK(out_of_memory);
  CHECK(text.find("out of memory") != text.npos);
  // The next one has a group of its own, and that of the dead one is gone.
  CHECK(co_await pool.submit<&allocate>(std::size_t{1} << 20) == std::size_t{1} << 20);
  CHECK(groups_of("memory", server) == 1);
  co_await pool.shutdown();
  CHECK(groups_of("memory", server) == 0);
}

TRIDEM_TEST("a worker has as many processes as its group allows") {
  if (is_sanitized || !can_make_groups("pids")) co_return;
  process_pool pool{{.workers = 2, .limits = {.processes = 4}}};
  CHECK(co_await pool.submit<&count_children>() == 3);
  CHECK(co_await pool.submit<&count_children>() == 3);
  const int server = pool.stats().server_pid;
  co_await pool.shutdown();
  CHECK(groups_of("pids", server) == 0);
}

TRIDEM_TEST("both limits hold for one worker, and none of its groups is left behind") {
  if (is_sanitized || !can_make_groups("pids") || !can_make_groups("memory")) co_return;
  constexpr std::uint64_t most = std::uint64_t{64} << 20;
  process_pool pool{{.workers = 1, .limits = {.memory = most, .processes = 3}}};
  CHECK(co_await pool.submit<&count_children>() == 2);
  bool out_of_memory = false;
  try {
    co_await pool.submit<&allocate>(std::size_t{4} * most);
  } catch (const tridem::worker_crashed& crash) {
    out_of_memory = crash.out_of_memory();
  }
  CHECK(out_of_memory);
  const int server = pool.stats().server_pid;
  co_await pool.shutdown();
  CHECK(groups_of("memory", server) == 0);
  CHECK(groups_of("pids", server) == 0);
}

TRIDEM_TEST("a clean environment holds no secrets, and what was given") {
  ::setenv("SOME_SECRET", "hidden", 1);
  const std::vector<std::string> given{"GIVEN=1"};
  {
    process_pool pool{{.workers = 1, .environment = given}};
    CHECK(co_await pool.submit<&variable>("SOME_SECRET") == "hidden");
    CHECK(co_await pool.submit<&variable>("GIVEN") == "1");
  }
  process_pool pool{{.workers = 1, .limits = {.clean_environment = true}, .environment = given}};
  const std::string secret = co_await pool.submit<&variable>("SOME_SECRET");
  CHECK(secret.empty());
  CHECK(co_await pool.submit<&variable>("GIVEN") == "1");
  const std::string path = co_await pool.submit<&variable>("PATH");
  CHECK(path == std::getenv("PATH"));
  ::unsetenv("SOME_SECRET");
  CHECK(pool.stats().each.at(0).enforced == "clean environment");
}
