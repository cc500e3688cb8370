// SPDX-License-Identifier: MIT
// all_tasks and print_tasks: who waits for what, and where.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/inspect.hpp>
#include <tridem/runtime/sleep.hpp>

#include <source_location>
#include <sstream>
#include <string>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

std::uint_least32_t waiting_line = 0;

task<> wait_below(event* awaited) {
  waiting_line = std::source_location::current().line() + 1;
  co_await awaited->wait();
}
task<> wait_for_it(event* awaited) {
  auto child = create_task(sleep(1h), "grandchild");
  co_await wait_below(awaited);
  child.cancel();
}

TRIDEM_TEST("each task: name, state, who made it, and where it stands") {
  event flag;
  auto handle = create_task(wait_for_it(&flag), "waiter");
  co_await yield();
  const std::vector<task_info> tasks = all_tasks();
  REQUIRE(tasks.size() == 3);
  CHECK(tasks[0].name == "main");
  CHECK(tasks[0].state == "running");
  CHECK(tasks[1].name == "waiter");
  CHECK(tasks[1].spawned_by == tasks[0].id);
  CHECK(tasks[1].state.find("event") != std::string::npos);
  REQUIRE(tasks[1].stack.size() >= 2);
  CHECK(tasks[1].stack[0].line() == waiting_line);
  CHECK(tasks[2].name == "grandchild");
  CHECK(tasks[2].spawned_by == tasks[1].id);
  flag.set();
  co_await handle;
}

TRIDEM_TEST("print_tasks draws the tree with file and line of every await") {
  event flag;
  auto handle = create_task(wait_for_it(&flag), "waiter");
  co_await yield();
  std::ostringstream out;
  print_tasks(out);
  const std::string text = out.str();
  CHECK(text.find("main") < text.find("waiter"));
  CHECK(text.find("waiter") < text.find("grandchild"));
  CHECK(text.find("inspect_test.cpp:" + std::to_string(waiting_line)) != std::string::npos);
  CHECK(text.find("wait_below") != std::string::npos);
  flag.set();
  co_await handle;
}

TRIDEM_TEST("a task whose creator has ended is still shown") {
  auto make = []() -> task<> {
    (void)create_task(sleep(1h), "orphan");
    co_return;
  };
  co_await create_task(make(), "maker");
  std::ostringstream out;
  print_tasks(out);
  CHECK(out.str().find("orphan") != std::string::npos);
  CHECK(out.str().find("maker") == std::string::npos);
}

}  // namespace
}  // namespace tridem
