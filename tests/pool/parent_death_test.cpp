// SPDX-License-Identifier: MIT
// However the parent of a pool dies, and whenever: no process of the pool outlives it.
//
// `--parents=1000` (or TRIDEM_PARENTS) asks for so many, `--seed=<n>` (TRIDEM_SEED) for other
// moments.
#include "tests/pool/child_support.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace tridem::test;
using command_line::number_of;

namespace {

void spin_for_ever() {
  volatile int keep = 1;
  while (keep == 1) {
  }
}
void block_for_ever() {
  ::sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  for (;;) ::pause();
}
void stop_itself() {
  ::raise(SIGSTOP);
}
void leave_a_daemon() {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    for (;;) ::pause();
  }
}
std::string mirror(std::string text) {
  return std::string(text.rbegin(), text.rend());
}

/// Calls with large arguments and results, one after another.
tridem::task<> copy_for_ever(tridem::process_pool& pool) {
  std::string text(4'000'000, 'm');
  for (;;) text = co_await pool.submit<&mirror>(text);
}

/// Keeps a pool busy with everything that is hard to end.
tridem::task<> keep_busy(int words) {
  tridem::process_pool pool{{.workers = 5}};
  std::vector<tridem::task_handle<void>> calls;
  calls.push_back(tridem::create_task(pool.submit<&leave_a_daemon>()));
  calls.push_back(tridem::create_task(copy_for_ever(pool)));
  calls.push_back(tridem::create_task(pool.submit<&spin_for_ever>()));
  calls.push_back(tridem::create_task(pool.submit<&block_for_ever>()));
  calls.push_back(tridem::create_task(pool.submit<&stop_itself>()));
  say(words, 'x');
  co_await std::move(calls[0]);
  say(words, 'y');
  co_await tridem::sleep(1h);
}

/// A pool with a call that does not end; then `end` has the thread.
template <class End>
tridem::task<> end_with_live_pool(int words, End end) {
  tridem::process_pool pool{{.workers = 2}};
  co_await pool.submit<&leave_a_daemon>();
  auto call = tridem::create_task(pool.submit<&block_for_ever>());
  while (pool.stats().running == 0) co_await tridem::yield();
  say(words, 'y');
  end(pool);
}

template <class End>
int run_and(End end) {
  return in_a_child(
      // What leaves a main, not what doctest would catch.
      [end](int words) noexcept { tridem::run(end_with_live_pool(words, end)); },
      [](pid_t, int words) { wait_for_word(words, 'y'); });
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

tridem::process_pool& static_pool() {
  static tridem::process_pool pool{{.workers = 2}};
  return pool;
}

tridem::task<> exit_with_static_pool(int words) {
  co_await static_pool().submit<&leave_a_daemon>();
  auto call = tridem::create_task(static_pool().submit<&spin_for_ever>());
  while (static_pool().stats().running == 0) co_await tridem::yield();
  say(words, 'y');
  std::exit(5);
}

}  // namespace

TEST_CASE("parent_death: killed while everything runs") {
  for (std::uint64_t round = 0; round < number_of("parents", "TRIDEM_PARENTS", 35) / 7; ++round) {
    in_a_child([](int words) { tridem::run(keep_busy(words)); },
               [](pid_t child, int words) {
                 wait_for_word(words, 'y');
                 ::kill(child, SIGKILL);
               });
  }
}

TEST_CASE("parent_death: killed at any moment of the start") {
  std::mt19937_64 random(number_of("seed", "TRIDEM_SEED", 11));
  const std::uint64_t rounds = number_of("parents", "TRIDEM_PARENTS", 35);
  for (std::uint64_t round = rounds / 7; round < rounds; ++round) {
    in_a_child([](int words) { tridem::run(keep_busy(words)); },
               [&](pid_t child, int words) {
                 wait_for_word(words, 'x');
                 // Not a wait for anything: the moment is what this test varies.
                 ::usleep(static_cast<::useconds_t>(random() % 20'000));
                 ::kill(child, SIGKILL);
               });
  }
}

TEST_CASE("parent_death: exit, _exit, quick_exit, abort, an exception out of main") {
  using pool = tridem::process_pool;
  CHECK(exit_code_of(run_and([](pool&) { std::exit(3); })) == 3);
  CHECK(exit_code_of(run_and([](pool&) { ::_exit(4); })) == 4);
  CHECK(exit_code_of(run_and([](pool&) { std::quick_exit(5); })) == 5);
  int status = run_and([](pool&) { std::abort(); });
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
  status = run_and([](pool&) { throw std::runtime_error("out of main"); });
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
  status = run_and([](pool&) { ::raise(SIGTERM); });
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
}

TEST_CASE("parent_death: exit from a task, with a static pool") {
  const int status = in_a_child([](int words) { tridem::run(exit_with_static_pool(words)); },
                                [](pid_t, int words) { wait_for_word(words, 'y'); });
  CHECK(exit_code_of(status) == 5);
}

TEST_CASE("parent_death: exec of another program") {
  const int status = run_and([](tridem::process_pool&) {
    ::execl("/bin/sh", "sh", "-c", "exit 6", nullptr);
    ::_exit(7);
  });
  CHECK(exit_code_of(status) == 6);
}

TEST_CASE("parent_death: the server is stopped, then the parent is killed") {
  const int status = run_and([](tridem::process_pool& pool) {
    ::kill(pool.stats().server_pid, SIGSTOP);
    ::raise(SIGKILL);
  });
  CHECK(WIFSIGNALED(status));
}
