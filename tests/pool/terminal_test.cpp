// SPDX-License-Identifier: MIT
// Ctrl-C at a terminal reaches the program, which decides; its workers neither die nor say a word.
#include "tests/pool/child_support.hpp"

#include <tridem/io/signal_set.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <numeric>
#include <pty.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace tridem::test;

namespace {

int slow_twice(int n) {
  ::usleep(500);
  return 2 * n;
}
void spin_for_ever() {
  volatile int keep = 1;
  while (keep == 1) {
  }
}

/// Ends the calls that there are at the first Ctrl-C, and whatever is left at the second.
tridem::task<> until_ctrl_c(tridem::process_pool& pool, int words) {
  tridem::signal_set signals{SIGINT};
  say(words, 'y');
  co_await signals.wait();
  say(words, '1');
  auto orderly = pool.shutdown(tridem::shutdown_mode::drain);
  auto second = signals.wait();
  auto first = co_await tridem::race(std::move(orderly), std::move(second));
  if (first.index() == 1) co_await pool.shutdown(tridem::shutdown_mode::kill);
}

tridem::task<> program_that_drains(int words) {
  tridem::process_pool pool{{.workers = 2}};
  std::vector<int> numbers(500);
  std::iota(numbers.begin(), numbers.end(), 0);
  auto results =
      tridem::create_task(pool.map<&slow_twice>(numbers, {.chunk = 1, .in_flight = 500}));
  while (pool.stats().running == 0) co_await tridem::yield();
  co_await until_ctrl_c(pool, words);
  const std::vector<int> all = co_await std::move(results);
  for (int i = 0; i < 500; ++i) {
    if (all[static_cast<std::size_t>(i)] != 2 * i) ::_exit(9);
  }
}

tridem::task<> program_that_hangs(int words) {
  tridem::process_pool pool{{.workers = 2}};
  auto call = tridem::create_task(pool.submit<&spin_for_ever>());
  while (pool.stats().running == 0) co_await tridem::yield();
  co_await until_ctrl_c(pool, words);
  try {
    co_await std::move(call);
  } catch (const tridem::pool_closed&) {
    co_return;
  }
  ::_exit(9);
}

tridem::task<> program_that_does_not_listen(int words) {
  tridem::process_pool pool{{.workers = 2}};
  auto call = tridem::create_task(pool.submit<&spin_for_ever>());
  while (pool.stats().running == 0) co_await tridem::yield();
  say(words, 'y');
  co_await std::move(call);
}

/// A terminal, of which this process has the keyboard and the screen.
struct terminal {
  terminal() { REQUIRE(::openpty(&ours, &theirs, nullptr, nullptr, nullptr) == 0); }
  terminal(const terminal&) = delete;
  ~terminal() {
    ::close(ours);
    if (theirs >= 0) ::close(theirs);
  }

  /// In the child: makes it its controlling terminal, and all its standard streams.
  void take() const {
    ::close(ours);
    ::setsid();
    ::ioctl(theirs, TIOCSCTTY, 0);
    for (int number = 0; number < 3; ++number) ::dup2(theirs, number);
    ::close(theirs);
  }
  void press_ctrl_c() const { (void)!::write(ours, "\x03", 1); }
  /// All that was written to it; everybody who has it open must be gone.
  std::string screen() {
    ::close(std::exchange(theirs, -1));
    std::string text;
    char part[4096];
    for (ssize_t size; (size = ::read(ours, part, sizeof part)) > 0;) {
      text.append(part, static_cast<std::size_t>(size));
    }
    return text;
  }

  int ours = -1;
  int theirs = -1;
};

/// Runs a program on a terminal of its own and types Ctrl-C at each of `moments`.
int press_ctrl_c_at(const std::string& moments, tridem::task<> (*program)(int)) {
  terminal screen;
  const int status = in_a_child(
      [&](int words) {
        screen.take();
        tridem::run(program(words));
      },
      [&](pid_t, int words) {
        for (const char moment : moments) {
          wait_for_word(words, moment);
          screen.press_ctrl_c();
        }
        wait_for_word(words, '-');  // its end
      });
  std::string seen = screen.screen();
  // The terminal itself shows what is typed, and the program says which driver it has not got.
  for (std::size_t at; (at = seen.find("^C")) != seen.npos;) seen.erase(at, 2);
  if (const std::size_t at = seen.find("tridem: io_uring"); at != seen.npos) {
    seen.erase(at, seen.find('\n', at) + 1 - at);
  }
  CHECK(seen == "");
  return status;
}

}  // namespace

TEST_CASE("terminal: Ctrl-C once, and the calls that there are end well") {
  const int status = press_ctrl_c_at("y", program_that_drains);
  CHECK(status == 0);
}

TEST_CASE("terminal: Ctrl-C twice ends what would not end") {
  const int status = press_ctrl_c_at("y1", program_that_hangs);
  CHECK(status == 0);
}

TEST_CASE("terminal: Ctrl-C to a program that does not listen ends all of it") {
  const int status = press_ctrl_c_at("y", program_that_does_not_listen);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGINT));
}
