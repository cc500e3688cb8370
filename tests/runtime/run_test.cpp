// SPDX-License-Identifier: MIT
// run: the front door and the way out.
#include "tests/support/async_test.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<std::string> give_text() {
  co_await sleep(1s);
  co_return "text";
}
task<> fail() {
  co_await yield();
  throw std::runtime_error("out of run");
}

TEST_CASE("run gives the value, or throws what the task throws") {
  CHECK(run(give_text()) == "text");
  CHECK_THROWS_WITH_AS(run(fail()), "out of run", std::runtime_error);
  auto unique = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
  CHECK(*run(unique()) == 3);
}

TEST_CASE("one loop after another on one thread, and one on each of several threads") {
  for (int i = 0; i < 10; ++i) CHECK(run(give_text()) == "text");
  std::jthread first([] { CHECK(run(give_text()) == "text"); });
  std::jthread second([] { CHECK(run(give_text()) == "text"); });
}

TEST_CASE("a task may cancel itself: run says that it was cancelled") {
  auto main = []() -> task<> {
    event_loop::current().root_scope().cancel();
    co_await sleep(1h);
  };
  CHECK_THROWS_AS(run(main()), task_cancelled);
}

TEST_CASE("tasks that are left are cancelled, and their shielded cleanup is awaited") {
  bool cleaned = false;
  auto left = [](bool* flag) -> task<> {
    std::exception_ptr cut;
    try {
      co_await sleep(1000h);
    } catch (...) {
      cut = std::current_exception();
    }
    co_await shield(sleep(5s));
    *flag = true;
    if (cut) std::rethrow_exception(cut);
  };
  auto main = [&](auto* body, bool* flag) -> task<int> {
    (void)create_task(*body, flag);
    co_await yield();
    co_return 1;
  };
  CHECK(run(main(&left, &cleaned)) == 1);
  CHECK(cleaned);
}

TEST_CASE("tasks that are created while the loop ends are ended too") {
  int ended = 0;
  auto again = [](int* count, int depth, auto self) -> task<> {
    try {
      co_await sleep(1000h);
    } catch (const cancelled&) {
      ++*count;
      if (depth > 0) (void)create_task(self, count, depth - 1, self);
      throw;
    }
  };
  auto main = [&](auto body) -> task<> {
    (void)create_task(body, &ended, 3, body);
    co_await yield();
  };
  run(main(again));
  CHECK(ended == 4);
}

TEST_CASE("the root task is called main") {
  auto name = []() -> task<std::string> { co_return this_task::name(); };
  CHECK(run(name()) == "main");
}

TEST_CASE("an error that leaves run is thrown after everything has ended") {
  struct mine;
  using probe = test::lifetime_probe<mine>;
  probe::counts.reset();
  auto left = [](probe) -> task<> { co_await sleep(1000h); };
  auto main = [](auto* body) -> task<> {
    (void)create_task(*body, probe(1));
    co_await yield();
    throw std::logic_error("early");
  };
  CHECK_THROWS_AS(run(main(&left)), std::logic_error);
  CHECK(probe::counts.live() == 0);
}

TEST_CASE("a run that does not end says once who keeps it") {
  auto swallows = []() -> task<> {
    for (int i = 0; i < 20; ++i) {
      try {
        co_await shield(sleep(1s));
        co_await sleep(1h);
      } catch (...) {
        (void)i;
      }
    }
  };
  auto main = [](auto* body) -> task<> {
    (void)create_task((*body)(), "stubborn");
    co_await yield();
  };
  test::captured_stderr captured;
  run(main(&swallows));
  const std::string said = captured.end();
  CAPTURE(said);
  const std::string text = "run() has been ending for 5 s";
  CHECK(said.find(text) != std::string::npos);
  CHECK(said.find(text) == said.rfind(text));
  CHECK(said.find("stubborn") != std::string::npos);
  CHECK(said.find("run_test.cpp:") != std::string::npos);
}

TEST_CASE("a run that ends in time says nothing") {
  auto left = []() -> task<> { co_await shield(sleep(4s)); };
  auto main = [](auto* body) -> task<> {
    (void)create_task((*body)(), "quick");
    co_await yield();
  };
  test::captured_stderr captured;
  run(main(&left));
  CHECK(captured.end() == "");
}

}  // namespace
}  // namespace tridem
