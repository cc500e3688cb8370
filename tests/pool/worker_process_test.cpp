// SPDX-License-Identifier: MIT
// Real fork servers and workers: what they run, what they inherit, how they end.
#include "pool/worker/spawn_self.hpp"
#include "tests/pool/worker_process_support.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/worker.hpp>

#include <atomic>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <vector>

namespace {

using namespace tridem::test;

int twice(int n) {
  return 2 * n;
}
std::size_t length(std::string_view text) {
  return text.size();
}
int pid_and_say(std::string words) {
  std::cerr << words << std::flush;
  return ::getpid();
}
void fail(std::string text) {
  throw std::out_of_range(text);
}
void end_by(int signal) {
  ::raise(signal);
}
void leave(int code) {
  std::exit(code);
}
void touch(tridem::shared_memory block) {
  block.bytes()[0] = std::byte{1};
}
tridem::shared_memory pass(tridem::shared_memory block) {
  return block;
}
int wait_for_cancel() {
  while (!tridem::cancel_requested()) {
  }
  return 1;
}
bool wait_for_token(std::stop_token token, int answer) {
  std::atomic<bool> stopped{false};
  const std::stop_callback callback(token, [&] {
    stopped = true;
    stopped.notify_one();
  });
  stopped.wait(false);
  return token.stop_requested() && answer == 42;
}
int spawn_grandchild() {
  const int child = ::fork();
  if (child == 0) {
    ::setsid();
    for (;;) ::pause();
  }
  return child;
}
std::vector<std::string> open_descriptors() {
  std::vector<std::string> found;
  DIR* all = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(all)) {
    const int number = std::atoi(entry->d_name);
    if (entry->d_name[0] == '.' || number == ::dirfd(all)) continue;
    char target[200];
    const auto size = ::readlinkat(::dirfd(all), entry->d_name, target, sizeof(target));
    found.emplace_back(target, size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  ::closedir(all);
  return found;
}
std::string status_line(std::string name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return line.substr(line.find_last_of("\t ") + 1);
  }
  return "";
}
bool has_variable(std::string name, std::string value) {
  const char* found = std::getenv(name.c_str());
  return found != nullptr && found == value;
}

}  // namespace

TEST_CASE("worker_process: calls run in another process and their results come back") {
  test_server server;
  const auto worker = server.start();
  CHECK(server.call<int, &twice>(*worker, 21) == 42);
  CHECK(server.call<std::size_t, &length>(*worker, std::string(3'000'000, 'x')) == 3'000'000);
  CHECK(server.call<int, &pid_and_say>(*worker, std::string("hello")) == worker->pid);
  CHECK(worker->last_words() == "hello");
  CHECK_THROWS_WITH_AS((server.call<std::monostate, &fail>(*worker, std::string("beyond"))),
                       "beyond", std::out_of_range);
  CHECK_FALSE(tridem::is_worker_process());
  CHECK_FALSE(tridem::cancel_requested());
}

TEST_CASE("worker_process: shared memory is mapped, not copied") {
  test_server server;
  const auto worker = server.start();
  auto block = tridem::shared_memory::create(100'000);
  server.call<std::monostate, &touch>(*worker, block.share());
  CHECK(block.bytes()[0] == std::byte{1});
  auto back = server.call<tridem::shared_memory, &pass>(*worker, block.share());
  back.bytes()[1] = std::byte{2};
  CHECK(block.bytes()[1] == std::byte{2});
}

TEST_CASE("worker_process: its end is reported as it was") {
  test_server server;
  const auto first = server.start(1);
  server.publish<&leave>(*first, 3);
  int status = server.status_of(1);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
  wait_readable(first->pidfd.get());

  const auto second = server.start(2);
  server.publish<&end_by>(*second, SIGKILL);
  status = server.status_of(2);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(second->channel.is_claimed(1));

  const auto third = server.start(3);
  CHECK(server.call<int, &twice>(*third, 1) == 2);
  third->channel.close();
  status = server.status_of(3);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("worker_process: a running call is asked to stop by flag and by token") {
  test_server server;
  const auto worker = server.start();
  for (int round = 0; round < 3; ++round) {
    worker->channel.request_cancel(server.publish<&wait_for_cancel>(*worker));
    CHECK(server.result<int>(*worker) == 1);
    worker->channel.request_cancel(server.publish<&wait_for_token>(*worker, 42));
    CHECK(server.result<bool>(*worker));
  }
  worker->channel.close();
  CHECK(server.status_of() == 0);
}

TEST_CASE("worker_process: a cut lifeline kills a worker, whatever it does") {
  test_server server;
  const auto stopped = server.start(1);
  const auto busy = server.start(2);
  server.publish<&wait_for_cancel>(*busy);
  ::kill(stopped->pid, SIGSTOP);
  stopped->lifeline.reset();
  busy->lifeline.reset();
  CHECK(WTERMSIG(server.status_of(1)) == SIGKILL);
  CHECK(WTERMSIG(server.status_of(2)) == SIGKILL);
}

TEST_CASE("worker_process: the end of the server is the end of all below it") {
  test_server server;
  const auto worker = server.start(1);
  const auto stopped = server.start(2);
  CHECK(server.call<int, &twice>(*stopped, 1) == 2);
  ::kill(stopped->pid, SIGSTOP);
  const int grandchild = server.call<int, &spawn_grandchild>(*worker);
  CHECK(::kill(grandchild, 0) == 0);
  SUBCASE("when the pool lets go") {
    server.end();
    CHECK(::kill(grandchild, 0) == -1);
  }
  SUBCASE("also when it was stopped") {
    ::kill(server.client.pid(), SIGSTOP);
    server.end();
    CHECK(::kill(grandchild, 0) == -1);
  }
  SUBCASE("workers also when it is killed") {
    ::kill(grandchild, SIGKILL);
    ::kill(server.client.pid(), SIGKILL);
  }
  wait_readable(worker->pidfd.get());
  wait_readable(stopped->pidfd.get());
}

TEST_CASE("worker_process: what a worker has left behind ends with it") {
  test_server server;
  const auto worker = server.start(1);
  const auto other = server.start(2);
  const int grandchild = server.call<int, &spawn_grandchild>(*worker);
  ::kill(worker->pid, SIGKILL);
  CHECK(WTERMSIG(server.status_of(1)) == SIGKILL);
  CHECK(::kill(grandchild, 0) == -1);
  CHECK(server.call<int, &twice>(*other, 4) == 8);
}

TEST_CASE("worker_process: it inherits what it should and nothing else") {
  std::vector<tridem::descriptor> noise;
  for (int i = 0; i < 200; ++i) noise.emplace_back(::open("/dev/zero", O_RDONLY));
  ::sigset_t blocked;
  ::sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto old = ::signal(SIGUSR1, SIG_IGN);
  {
    test_server server({.executable = {}, .environment = {"TRIDEM_TEST_ADDED=yes"}});
    const auto worker = server.start();
    const auto open = server.call<std::vector<std::string>, &open_descriptors>(*worker);
    const std::multiset<std::string> all(open.begin(), open.end());
    CHECK(all.count("/dev/zero") == 0);
    CHECK(all.count("/dev/null") >= 1);
    CHECK(open.size() == 8);  // 0, 1, 2, channel, socket, doorbell, eventfd, lifeline
    CHECK(server.call<std::string, &status_line>(*worker, std::string("SigBlk")) ==
          "0000000000000000");
    const auto ignored = server.call<std::string, &status_line>(*worker, std::string("SigIgn"));
    CHECK((std::stoull(ignored, nullptr, 16) & (1u << (SIGUSR1 - 1))) == 0);
    CHECK(server.call<bool, &has_variable>(*worker, std::string("TRIDEM_TEST_ADDED"),
                                           std::string("yes")));
  }
  ::signal(SIGUSR1, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("worker_process: a worker that was executed works like one that was forked") {
  // What the fork server does when static initialisation has left threads behind.
  test_server server;
  tridem::detail::worker_descriptors passed;
  const auto worker = server.prepare(passed);
  std::vector<int> numbers;
  for (const tridem::descriptor* each : tridem::detail::in_order(passed)) {
    numbers.push_back(each->get());
  }
  tridem::detail::spawn_request request;
  request.argument = tridem::detail::single_worker_argument;
  request.descriptors = numbers;
  const auto started = tridem::detail::spawn_self(request);
  REQUIRE(started.error == 0);
  worker->pid = started.pid;
  CHECK(server.call<int, &twice>(*worker, 21) == 42);
  CHECK(server.call<int, &pid_and_say>(*worker, std::string("hello")) == started.pid);
  CHECK(worker->last_words() == "hello");
  int status = -1;
  SUBCASE("leaves when it is told to") {
    worker->channel.close();
    CHECK(::waitpid(started.pid, &status, 0) == started.pid);
    CHECK(status == 0);
  }
  SUBCASE("dies with its lifeline") {
    passed = {};
    worker->lifeline.reset();
    CHECK(::waitpid(started.pid, &status, 0) == started.pid);
    CHECK(WTERMSIG(status) == SIGKILL);
  }
}

TEST_CASE("worker_process: another program is refused with both builds") {
  CHECK_THROWS_AS(test_server({.executable = "/nowhere/at/all", .environment = {}}),
                  tridem::pool_start_error);
  test_server server;
  const auto worker = server.start();
  auto other = server.hello;
  other.job_digest ^= 1;
  CHECK_THROWS_WITH_AS(server.client.check_hello(other), doctest::Contains("another build"),
                       tridem::pool_start_error);
}
