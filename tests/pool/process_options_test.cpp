// SPDX-License-Identifier: MIT
// Processes and remote objects with options, and the fork server that those of a kind share.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/process.hpp>
#include <tridem/pool/process_options.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/remote.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using tridem::process;
using tridem::process_options;
using tridem::remote;
using tridem::test::throws;

namespace {

int parent_pid() {
  return ::getppid();
}
std::string variable(std::string name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}
std::uint64_t most_files() {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}
int wait_for_a_signal(tridem::mp::event runs) {
  runs.set();
  for (;;) ::pause();
}

/// Knows the server, and can have a child that outlives it if nobody looks after it.
struct place {
  place() = default;
  [[nodiscard]] int server() const { return ::getppid(); }
  [[nodiscard]] std::string variable_of(std::string name) const { return variable(name); }
  int have_child() {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setsid();
      for (;;) ::pause();
    }
    return child;
  }
};

/// A variable of this process, for as long as the object lives.
class scoped_variable {
 public:
  scoped_variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  scoped_variable(const scoped_variable&) = delete;
  ~scoped_variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

tridem::task<int> server_of_a_process(const process_options& how) {
  const auto one = process::with(how).start<&parent_pid>();
  co_return co_await one.join<int>();
}
tridem::task<int> server_of_a_remote(const process_options& how) {
  const auto one = co_await remote<place>::with(how).make();
  const int server = co_await one.call<&place::server>();
  co_await one.close();
  co_return server;
}

}  // namespace

TRIDEM_TEST("process_options: processes and remote objects share a fork server") {
  const auto one = process::start<&parent_pid>();
  const int server = co_await one.join<int>();
  CHECK(server != ::getpid());
  const auto other = process::start<&parent_pid>();
  const int same = co_await other.join<int>();
  CHECK(same == server);
  const auto object = co_await remote<place>::make();
  const int of_object = co_await object.call<&place::server>();
  CHECK(of_object == server);
  const process_options plain;
  const int of_second = co_await server_of_a_remote(plain);
  CHECK(of_second == server);
  co_await object.close();
  // A pool has its own, whose death is nobody else's.
  tridem::process_pool pool{{.workers = 1}};
  const int of_pool = co_await pool.submit<&parent_pid>();
  CHECK(of_pool != server);
  co_await pool.shutdown();
}

TRIDEM_TEST("process_options: whoever would start another server has another one") {
  const process_options plain;
  const int server = co_await server_of_a_process(plain);
  const process_options with_variable{.environment = {"TRIDEM_TEST_OPTION=given"}};
  const int of_environment = co_await server_of_a_process(with_variable);
  CHECK(of_environment != server);
  const process_options clean{.limits = {.clean_environment = true}};
  const int of_clean = co_await server_of_a_remote(clean);
  CHECK(of_clean != server);
  CHECK(of_clean != of_environment);
  // Limits are a matter of the process itself.
  const process_options limited{.limits = {.open_files = 64}};
  const int of_limited = co_await server_of_a_remote(limited);
  CHECK(of_limited == server);
}

TRIDEM_TEST("process_options: what this process has become since is seen by a remote object") {
  const auto before = co_await remote<place>::make();
  const auto unset = co_await before.call<&place::variable_of>("TRIDEM_TEST_SINCE");
  CHECK(unset.empty());
  const scoped_variable since("TRIDEM_TEST_SINCE", "yes");
  const auto after = co_await remote<place>::make();
  const auto seen = co_await after.call<&place::variable_of>("TRIDEM_TEST_SINCE");
  CHECK(seen == "yes");
  const int old_server = co_await before.call<&place::server>();
  const int new_server = co_await after.call<&place::server>();
  CHECK(old_server != new_server);
  co_await before.close();
  co_await after.close();
}

TRIDEM_TEST("process_options: environment, limits and program reach the process") {
  process_options how{.limits = {.open_files = 64},
                      .worker_executable = "/proc/self/exe",
                      .environment = {"TRIDEM_TEST_OPTION=given"}};
  const auto files = process::with(how).start<&most_files>();
  const auto most = co_await files.join<std::uint64_t>();
  CHECK(most == 64);
  const auto reader = process::with(how).start<&variable>("TRIDEM_TEST_OPTION");
  const auto value = co_await reader.join<std::string>();
  CHECK(value == "given");
  how.worker_executable = "/nowhere/program";
  const auto nowhere = process::with(how).start<&parent_pid>();
  const bool refused = co_await throws<tridem::pool_start_error>(nowhere.join());
  CHECK(refused);
  const bool not_made = co_await throws<tridem::pool_start_error>(remote<place>::with(how).make());
  CHECK(not_made);
}

TRIDEM_TEST("process_options: the end of one leaves the others alone, and nothing of itself") {
  const auto stays = co_await remote<place>::make();
  int child = 0;
  {
    const auto goes = co_await remote<place>::make();
    child = co_await goes.call<&place::have_child>();
  }
  CHECK(::kill(child, 0) != 0);
  const tridem::mp::event runs;
  const auto running = process::start<&wait_for_a_signal>(runs);
  co_await runs.wait();
  const int server = co_await stays.call<&place::server>();
  CHECK(server > 0);
  co_await stays.close();
  CHECK(running.is_alive());
}

TRIDEM_TEST(
    "process_options: when the shared server is killed, all have lost, and the next start") {
  auto object = co_await remote<place>::make();
  const tridem::mp::event runs;
  const auto running = process::start<&wait_for_a_signal>(runs);
  co_await runs.wait();
  const int server = co_await object.call<&place::server>();
  ::kill(server, SIGKILL);
  const bool lost = co_await throws<tridem::worker_crashed>(running.join());
  CHECK(lost);
  const auto next = process::start<&parent_pid>();
  const int other = co_await next.join<int>();
  CHECK(other != server);
  object = co_await remote<place>::make();
  const int again = co_await object.call<&place::server>();
  CHECK(again == other);
  co_await object.close();
}

TRIDEM_TEST("process_options: a server that was stopped does not keep anybody from ending") {
  const auto stays = co_await remote<place>::make();
  const int server = co_await stays.call<&place::server>();
  {
    const auto goes = co_await remote<place>::make();
    ::kill(server, SIGSTOP);
  }
  const int same = co_await stays.call<&place::server>();
  CHECK(same == server);
  co_await stays.close();
}
