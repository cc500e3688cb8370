// SPDX-License-Identifier: MIT
// However the parent of a pool dies, and whenever: no process of the pool outlives it.
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

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
    for (;;) ::pause();
  }
}

/// Keeps a pool busy with everything that is hard to end.
tridem::task<> keep_busy(int announce) {
  tridem::process_pool pool{{.workers = 4}};
  std::vector<tridem::task_handle<void>> calls;
  calls.push_back(tridem::create_task(pool.submit<&leave_a_daemon>()));
  calls.push_back(tridem::create_task(pool.submit<&spin_for_ever>()));
  calls.push_back(tridem::create_task(pool.submit<&block_for_ever>()));
  calls.push_back(tridem::create_task(pool.submit<&stop_itself>()));
  (void)!::write(announce, "x", 1);
  if (announce >= 0) co_await std::move(calls[0]);
  (void)!::write(announce, "y", 1);
  co_await tridem::sleep(1h);
}

/// Runs `body` in a child, and lets `end` deal with it; then waits until nobody is left.
template <class Body, class End>
void in_a_child(Body body, End end) {
  // Orphans come to this process, so that it can tell when the last one has gone.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  int words[2];
  REQUIRE(::pipe(words) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(words[0]);
    body(words[1]);
    ::_exit(0);
  }
  ::close(words[1]);
  end(child, words[0]);
  ::close(words[0]);
  // Blocks for as long as anybody lives: a leftover is a test that never ends.
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  CHECK(errno == ECHILD);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

void wait_for_word(int words, char wanted) {
  for (char word = 0; word != wanted;) {
    if (::read(words, &word, 1) != 1) return;
  }
}

}  // namespace

TEST_CASE("parent_death: killed while everything runs") {
  for (int round = 0; round < 5; ++round) {
    in_a_child([](int announce) { tridem::run(keep_busy(announce)); },
               [](pid_t child, int words) {
                 wait_for_word(words, 'y');
                 ::kill(child, SIGKILL);
               });
  }
}

TEST_CASE("parent_death: killed at any moment of the start") {
  std::mt19937 random(11);
  for (int round = 0; round < 30; ++round) {
    in_a_child([](int announce) { tridem::run(keep_busy(announce)); },
               [&](pid_t child, int words) {
                 wait_for_word(words, 'x');
                 // Not a wait for anything: the moment is what this test varies.
                 ::usleep(random() % 10'000);
                 ::kill(child, SIGKILL);
               });
  }
}

TEST_CASE("parent_death: exit, abort and exec with a live pool") {
  SUBCASE("exit") {
    in_a_child(
        [](int announce) {
          tridem::run([](int words) -> tridem::task<> {
            tridem::process_pool pool{{.workers = 2}};
            auto call = tridem::create_task(pool.submit<&spin_for_ever>());
            while (pool.stats().running == 0) co_await tridem::yield();
            (void)!::write(words, "y", 1);
            ::_exit(3);
          }(announce));
        },
        [](pid_t, int words) { wait_for_word(words, 'y'); });
  }
  SUBCASE("exec") {
    in_a_child(
        [](int announce) {
          tridem::run([](int words) -> tridem::task<> {
            tridem::process_pool pool{{.workers = 2}};
            auto call = tridem::create_task(pool.submit<&spin_for_ever>());
            while (pool.stats().running == 0) co_await tridem::yield();
            (void)!::write(words, "y", 1);
            ::execl("/bin/true", "true", nullptr);
            ::_exit(4);
          }(announce));
        },
        [](pid_t, int words) { wait_for_word(words, 'y'); });
  }
  SUBCASE("the server is stopped, then the parent is killed") {
    in_a_child(
        [](int announce) {
          tridem::run([](int words) -> tridem::task<> {
            tridem::process_pool pool{{.workers = 2}};
            co_await pool.submit<&leave_a_daemon>();
            auto call = tridem::create_task(pool.submit<&block_for_ever>());
            while (pool.stats().running == 0) co_await tridem::yield();
            ::kill(pool.stats().server_pid, SIGSTOP);
            (void)!::write(words, "y", 1);
            co_await tridem::sleep(1h);
          }(announce));
        },
        [](pid_t child, int words) {
          wait_for_word(words, 'y');
          ::kill(child, SIGKILL);
        });
  }
}
