// SPDX-License-Identifier: MIT
// Loops that do not come round: real stalls, each of which ends when it has been told.
#include "runtime/debug/watchdog.hpp"

#include "tests/support/captured_stderr.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <poll.h>
#include <source_location>
#include <string>
#include <thread>

namespace tridem {
namespace {

using namespace std::chrono_literals;
using detail::stall;
using detail::stall_sample;
using detail::thread_activity;
using test::captured_stderr;

const std::string end_of_report = "in a long computation";

bool says(const std::string& all, const std::string& part) {
  return all.find(part) != std::string::npos;
}

/// Runs `body` on the virtual clock under a watchdog that is told of turns above 10 ms.
void run_watched(task<> body) {
  detail::debug_settings settings;
  settings.watchdog = 10ms;
  detail::run_on(std::make_unique<test::virtual_driver>(), std::move(body),
                 std::source_location::current(), settings);
}

[[gnu::noinline]] void block_in_read(captured_stderr& out) {
  out.block_until(end_of_report);
  asm volatile("");  // else that is a tail call, and this function on no stack
}

[[gnu::noinline]] void compute(captured_stderr& out) {
  pollfd told{out.reading_end(), POLLIN, 0};
  while (::poll(&told, 1, 0) == 0) {
    for (int i = 0; i < 10000; ++i) asm volatile("");
  }
  out.block_until(end_of_report);
}

unsigned blocking_line = 0;

task<> blocking(captured_stderr* out) {
  blocking_line = std::source_location::current().line() + 1;
  co_await yield();
  block_in_read(*out);
}

task<> spawn_blocking(captured_stderr* out) {
  co_await create_task(blocking(out), "reader");
}

TEST_CASE("a task that blocks: who, in what, its async stack, its native stack, and what to do") {
  captured_stderr out;
  run_watched(spawn_blocking(&out));
  const std::string text = out.end();
  CAPTURE(text);
  CHECK(says(text, "task 'reader' (#2) is blocked in read(fd " + std::to_string(out.reading_end()) +
                       ", pipe:["));
  CHECK(says(text, "watchdog_test.cpp:" + std::to_string(blocking_line)));
  CHECK(says(text, "block_in_read(tridem::test::captured_stderr&)"));
  // A sanitizer's stand-in for read() may be what is seen to call it.
  const bool names_caller =
      says(text, "called by tridem::") || says(text, "called by __interceptor_read");
  CHECK(names_caller);
  CHECK(says(text, "tridem::to_thread"));
  CHECK(says(text, "goes on, after"));
}

task<> computing(captured_stderr* out) {
  compute(*out);
  co_return;
}

TEST_CASE("a task that computes without an await") {
  captured_stderr out;
  run_watched(computing(&out));
  const std::string text = out.end();
  CAPTURE(text);
  CHECK(says(text, "task 'main' (#1) computes"));
  CHECK(says(text, "first:\n    at tridem::(anonymous namespace)::computing("));
}

task<> blocking_callback(captured_stderr* out) {
  event_loop::current().call_soon([out] { block_in_read(*out); });
  co_await yield();
}

TEST_CASE("a callback that blocks is told as such") {
  captured_stderr out;
  run_watched(blocking_callback(&out));
  const std::string text = out.end();
  CAPTURE(text);
  CHECK(says(text, "a callback given to call_soon is blocked in read"));
}

task<> deaf(captured_stderr* out) {
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGURG);
  ::pthread_sigmask(SIG_BLOCK, &only, nullptr);
  out->block_until("did not answer");
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  co_return;
}

TEST_CASE("a thread that does not take the signal is told of without a stack") {
  captured_stderr out;
  run_watched(deaf(&out));
  const std::string text = out.end();
  CHECK(says(text, "is blocked in read"));
  CHECK(says(text, "did not answer SIGURG"));
}

int signals_of_ours = 0;

task<> stall_and_signal(captured_stderr* out) {
  block_in_read(*out);
  ::raise(SIGURG);
  co_return;
}

TEST_CASE("a handler of the program still gets its signals, and is back when the watchdog ends") {
  struct sigaction ours{};
  ours.sa_handler = [](int) { ++signals_of_ours; };
  struct sigaction before{};
  ::sigaction(SIGURG, &ours, &before);
  captured_stderr out;
  run_watched(stall_and_signal(&out));
  out.end();
  CHECK(signals_of_ours == 1);
  struct sigaction after{};
  ::sigaction(SIGURG, &before, &after);
  CHECK((after.sa_handler == ours.sa_handler));
}

task<> sleeping() {
  for (int i = 0; i < 3; ++i) co_await sleep(1h);
}

TEST_CASE("a loop that sleeps is told of nobody, and the thread goes with the last loop") {
  captured_stderr out;
  run_watched(sleeping());
  CHECK(detail::watchdog_threads() == 0);
  CHECK(out.end().empty());
}

TEST_CASE("while all loops sleep the watchdog sleeps too, until one wakes") {
  event_loop home(std::make_unique<test::virtual_driver>());
  detail::watched_loop pulse(home, "here", 4ms);
  CHECK(detail::watchdog_threads() == 1);
  pulse.falls_asleep();
  while (!detail::watched_loop::is_watchdog_asleep()) std::this_thread::yield();
  pulse.wakes();
  CHECK_FALSE(detail::watched_loop::is_watchdog_asleep());
  pulse.falls_asleep();
  while (!detail::watched_loop::is_watchdog_asleep()) std::this_thread::yield();
}

TEST_CASE("what counts: computing and being blocked, not waiting for a processor or a debugger") {
  const thread_activity start{'R', 10ms, 5ms};
  CHECK(own_share(start, {'R', 30ms, 5ms}, 20ms) == 20ms);
  CHECK(own_share(start, {'R', 12ms, 5ms}, 20ms) == 2ms);  // the rest of the time others computed
  CHECK(own_share(start, {'S', 10ms, 5ms}, 20ms) == 20ms);
  CHECK(own_share(start, {'D', 10ms, 5ms}, 20ms) == 20ms);
  CHECK(own_share(start, {'S', 11ms, 20ms}, 20ms) == 5ms);
  CHECK(own_share(start, {'T', 30ms, 5ms}, 20ms) == 0ms);
  CHECK(own_share(start, {'t', 30ms, 5ms}, 20ms) == 0ms);
  CHECK(own_share(start, {'?', 0ms, 0ms}, 20ms) == 0ms);
  CHECK(own_share(start, {'S', 10ms, 90ms}, 20ms) == 0ms);
}

TEST_CASE("this thread, as the kernel sees it") {
  const detail::thread_identity here = detail::thread_identity::of_this_thread();
  const thread_activity first = activity_of(here);
  CHECK(first.state == 'R');
  thread_activity second = activity_of(here);
  while (second.on_cpu == first.on_cpu) second = activity_of(here);
  CHECK(second.on_cpu > first.on_cpu);
}

TEST_CASE("reports come in small numbers, and the others are counted") {
  detail::report_budget budget;
  const time_point start = clock::now();
  for (int i = 0; i < detail::report_budget::reports_at_once; ++i) CHECK(budget.allows(start));
  CHECK_FALSE(budget.allows(start));
  CHECK_FALSE(budget.allows(start + 9s));
  CHECK(budget.take_held_back() == 2);
  CHECK(budget.take_held_back() == 0);
  CHECK(budget.allows(start + 10s));
  CHECK_FALSE(budget.allows(start + 11s));
  for (int i = 0; i < detail::report_budget::reports_at_once; ++i) {
    CHECK(budget.allows(start + 1h));
  }
  CHECK_FALSE(budget.allows(start + 1h));
}

TEST_CASE("the text of a stall that goes on, and of its end") {
  stall_sample sample;
  sample.in_task = true;
  sample.task_id = 7;
  stall what{"loop-1", 1234ms, "", &sample, true};
  const std::string text = stall_text(what);
  CHECK(says(text, "the loop on thread 'loop-1' has still not come round, after 1.2 s"));
  CHECK(says(text, "task 'task-7' (#7) computes"));
  CHECK(detail::end_of_stall_text("loop-1", 120ms) ==
        "tridem: the loop on thread 'loop-1' goes on, after 120 ms\n");
}

}  // namespace
}  // namespace tridem
