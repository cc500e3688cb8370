// SPDX-License-Identifier: MIT
// Signals: awaited, counted once, and left as they were found.
#include "tests/support/async_test.hpp"

#include <tridem/io/signal_set.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <chrono>
#include <csignal>
#include <signal.h>
#include <system_error>
#include <unistd.h>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

bool is_blocked(int number) {
  sigset_t now;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
  return sigismember(&now, number) == 1;
}

}  // namespace

TRIDEM_TEST("a signal that came before the wait, and one that comes during it") {
  signal_set signals{SIGUSR1, SIGUSR2};
  ::kill(::getpid(), SIGUSR1);
  const int first = co_await signals.wait();
  CHECK(first == SIGUSR1);

  auto waiting = create_task(signals.wait());
  co_await sleep(1ms);
  CHECK(!waiting.done());
  ::kill(::getpid(), SIGUSR2);
  const int second = co_await std::move(waiting);
  CHECK(second == SIGUSR2);
}

TRIDEM_TEST("the signals are blocked exactly as long as the set lives") {
  CHECK(!is_blocked(SIGUSR1));
  {
    signal_set outer{SIGUSR1};
    CHECK(is_blocked(SIGUSR1));
    {
      signal_set inner{SIGUSR1, SIGUSR2};
      CHECK(is_blocked(SIGUSR2));
    }
    CHECK(is_blocked(SIGUSR1));
    CHECK(!is_blocked(SIGUSR2));
  }
  CHECK(!is_blocked(SIGUSR1));
  co_return;
}

TRIDEM_TEST("a wait that was cancelled takes no signal") {
  signal_set signals{SIGUSR1};
  bool timed_out = false;
  try {
    co_await wait_for(signals.wait(), 1ms);
  } catch (const timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  ::kill(::getpid(), SIGUSR1);
  const int number = co_await signals.wait();
  CHECK(number == SIGUSR1);
}

TRIDEM_TEST("closing ends a wait") {
  signal_set signals{SIGUSR1};
  auto waiting = create_task(signals.wait());
  co_await sleep(1ms);
  co_await signals.close();
  std::error_code code;
  try {
    co_await std::move(waiting);
  } catch (const std::system_error& error) {
    code = error.code();
  }
  CHECK(code == std::errc::operation_canceled);
}

TEST_CASE("what is no signal, or cannot be taken, is refused") {
  CHECK_THROWS_AS(signal_set{0}, std::system_error);
  CHECK_THROWS_AS(signal_set{SIGKILL}, std::system_error);
  CHECK_THROWS_AS(signal_set{65}, std::system_error);
}
