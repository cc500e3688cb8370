// SPDX-License-Identifier: MIT
// Other programs, second part: how they end, by themselves, by us, with their owner.
#include "tests/io/subprocess_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <signal.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tridem;
using namespace tridem::test;
using namespace std::chrono_literals;

TRIDEM_TEST("how a program ends: with a code, or by a signal") {
  for (const int code : {0, 1, 42, 255}) {
    subprocess program = co_await subprocess::exec(shell("exit " + std::to_string(code)));
    const exit_status status = co_await program.wait();
    CHECK(status == exit_status::exited(code));
    const exit_status again = co_await program.wait();
    CHECK(again == status);
    CHECK(program.try_wait() == status);
  }
  for (const int number : {SIGTERM, SIGKILL, SIGINT, SIGUSR1}) {
    subprocess program =
        co_await subprocess::exec(shell("kill -" + std::to_string(number) + " $$; sleep 100"));
    const exit_status status = co_await program.wait();
    CHECK(status == exit_status::killed(number));
  }
}

TRIDEM_TEST("signals: to it, and to a group that it leads") {
  subprocess one = co_await subprocess::exec(shell("echo up; exec sleep 100"), all_pipes);
  co_await first_line(one);
  CHECK(one.terminate());
  const exit_status status = co_await one.wait();
  CHECK(status == exit_status::killed(SIGTERM));
  CHECK(!one.kill());
  CHECK(!subprocess().kill());

  for (const process_group group : {process_group::own, process_group::session}) {
    subprocess_options options = all_pipes;
    options.group = group;
    // The output ends only when the grandchild has gone too.
    subprocess leader =
        co_await subprocess::exec(shell("sleep 100 & echo up; wait; sleep 100"), options);
    co_await first_line(leader);
    CHECK(::getpgid(leader.pid()) == leader.pid());
    CHECK((::getsid(leader.pid()) == leader.pid()) == (group == process_group::session));
    CHECK(leader.kill());
    const communication rest = co_await leader.communicate();
    CHECK(rest.status == exit_status::killed(SIGKILL));
  }
}

TRIDEM_TEST("a signal that is none is an error") {
  subprocess program = co_await subprocess::exec({"sleep", "100"});
  std::error_code code;
  try {
    program.send_signal(1000);
  } catch (const std::system_error& error) {
    code = error.code();
  }
  CHECK(code == std::errc::invalid_argument);
}

TRIDEM_TEST("at the end of its scope it is killed and reaped, with its group") {
  pid_t pid = 0;
  pipe_reader output;
  {
    subprocess_options options = all_pipes;
    options.group = process_group::own;
    subprocess program =
        co_await subprocess::exec(shell("trap '' TERM; sleep 100 & echo up; wait"), options);
    co_await first_line(program);
    pid = program.pid();
    output = std::move(program.output());
  }
  CHECK(!exists(pid));
  std::array<std::byte, 16> rest{};
  const std::size_t count = co_await output.read_some(rest);
  CHECK(count == 0);  // The grandchild held the pipe, and has gone too.
}

TRIDEM_TEST("close is gentle first: SIGTERM, and time to end") {
  subprocess polite = co_await subprocess::exec(
      shell("trap 'echo bye; exit 3' TERM; echo up; while :; do read x || sleep 0.01; done"),
      all_pipes);
  co_await first_line(polite);
  co_await polite.close();
  const exit_status status = co_await polite.wait();
  CHECK(status.code() == 3);
}

TRIDEM_TEST("close is firm in the end, and with() closes on every way out") {
  subprocess_options options = all_pipes;
  options.grace = 20ms;
  subprocess stubborn =
      co_await subprocess::exec(shell("trap '' TERM; echo up; while :; do sleep 1; done"), options);
  const pid_t pid = stubborn.pid();
  std::string text;
  try {
    co_await with(std::move(stubborn), [](subprocess& program) -> task<> {
      co_await first_line(program);
      throw std::runtime_error("on the way");
    });
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  CHECK(text == "on the way");
  CHECK(!exists(pid));
}

namespace {

task<std::string> all_of(pipe_reader& from) {
  std::string all;
  std::array<char, 1000> piece;
  for (;;) {
    const std::size_t count = co_await from.read_some(as_writable_bytes(piece));
    if (count == 0) co_return all;
    all.append(piece.data(), count);
  }
}

}  // namespace

TRIDEM_TEST("close while others wait and read: they get all that was said, and the end") {
  for (int round = 0; round < 20; ++round) {
    subprocess program = co_await subprocess::exec(
        shell("trap '' TERM; echo up >&2; cat; head -c 30000 /dev/zero; echo bye >&2"), all_pipes);
    std::string up;
    co_await program.error_output().read_until(up, "\n");
    auto waiting = create_task(program.wait());
    auto reading = create_task(all_of(program.output()));
    auto reading_errors = create_task(all_of(program.error_output()));
    co_await yield();  // they read: whoever begins after the close is refused
    // With and without turns in which the end of its input may have ended it already.
    if (round % 2 == 0) co_await program.input().close();
    if (round % 4 == 0) co_await program.wait();
    co_await program.close();
    const exit_status status = co_await std::move(waiting);
    CHECK(status == exit_status::exited(0));
    const std::string said = co_await std::move(reading);
    CHECK(said.size() == 30'000);
    const std::string errors = co_await std::move(reading_errors);
    CHECK(errors == "bye\n");
  }
}

TRIDEM_TEST("close while a descendant keeps the output open: its reader hears of the close") {
  subprocess program = co_await subprocess::exec(shell("echo up; sleep 1000 & echo $!"), all_pipes);
  std::string said;
  for (int line = 0; line < 2; ++line) {
    said.erase(0, said.find("\n") + 1);
    co_await program.output().read_until(said, "\n");
  }
  auto reading = create_task(all_of(program.output()));
  co_await yield();
  co_await program.close();
  std::string text;
  try {
    co_await std::move(reading);
  } catch (const std::system_error& error) {
    text = error.what();
  }
  CHECK_MESSAGE(text.find("closed meanwhile") != std::string::npos, text);
  CHECK(::kill(std::stoi(said), SIGKILL) == 0);
}

TRIDEM_TEST("a wait that is cut short leaves the process as it was") {
  subprocess program = co_await subprocess::exec({"cat"}, all_pipes);
  for (int round = 0; round < 3; ++round) {
    bool timed_out = false;
    try {
      if (round == 0) {
        co_await wait_for(program.wait(), 1ms);
      } else {
        co_await wait_for(program.communicate(), 0ms);
      }
    } catch (const timeout_error&) {
      timed_out = true;
    }
    // To communicate closes the input first, so cat may have ended before the deadline came.
    if (round == 0) CHECK(timed_out);
  }
  const exit_status status = co_await program.wait();
  CHECK(status.success());
}

TRIDEM_TEST("one object takes the place of another, whose process ends") {
  subprocess program = co_await subprocess::exec({"sleep", "100"});
  const pid_t first = program.pid();
  program = co_await subprocess::exec({"true"});
  CHECK(!exists(first));
  const exit_status status = co_await program.wait();
  CHECK(status.success());
  subprocess other = std::move(program);
  CHECK(program.pid() == 0);
  CHECK(other.try_wait()->success());
}

TRIDEM_TEST("beside somebody who ignores SIGCHLD, or takes all children, nothing waits for ever") {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before{};
  ::sigaction(SIGCHLD, &ignore, &before);
  subprocess program = co_await subprocess::exec(shell("exit 9"));
  const exit_status status = co_await program.wait();
  std::error_code code;
  try {
    co_await subprocess::exec({"tridem-no-such-program"});
  } catch (const std::system_error& error) {
    code = error.code();
  }
  ::sigaction(SIGCHLD, &before, nullptr);
  // From Linux 6.15 on the kernel remembers it.
  CHECK((!status.is_known() || status.code() == 9));
  CHECK(code == std::errc::no_such_file_or_directory);
}

namespace {

task<int> code_of(semaphore& room, int code) {
  auto inside = co_await room.acquire();
  subprocess program = co_await subprocess::exec(shell("exit " + std::to_string(code % 256)));
  const exit_status status = co_await program.wait();
  co_return status.code();
}

}  // namespace

TRIDEM_TEST("a thousand short programs, some at a time, each with its own end") {
  semaphore room(50);
  std::vector<task<int>> all;
  for (int i = 0; i < 1000; ++i) all.push_back(code_of(room, i));
  const std::vector<int> codes = co_await gather(std::move(all));
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) wrong += codes[static_cast<std::size_t>(i)] != i % 256;
  CHECK(wrong == 0);
}
