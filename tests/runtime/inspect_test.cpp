// SPDX-License-Identifier: MIT
// all_tasks and print_tasks: who waits for what, and where.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/inspect.hpp>
#include <tridem/runtime/race.hpp>
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

task<> download(event* flag) {
  co_await flag->wait();
}
task<> downloads(event* flag) {
  auto inner = [](event* awaited) -> task<> { co_await gather(download(awaited), sleep(1h)); };
  co_await race(inner(flag), sleep(2h), yield());
  co_await gather(download(flag), yield(), inner(flag));
}

TRIDEM_TEST("the children of a gather are shown below it, each where it stands") {
  event flag;
  auto handle = create_task(downloads(&flag), "downloads");
  co_await sleep(1s);
  std::ostringstream out;
  print_tasks(out);
  const std::string text = out.str();
  CAPTURE(text);
  const std::vector<task_info> tasks = all_tasks();
  REQUIRE(tasks.size() == 2);
  const std::vector<strand_info>& strands = tasks[1].strands;
  REQUIRE(strands.size() == 4);  // that which yielded has ended
  CHECK(tasks[1].state.find("gather, 2 left, for ") != std::string::npos);
  CHECK(strands[0].state.find("event") != std::string::npos);
  CHECK(strands[0].depth == 0);
  CHECK(strands[0].stack.front().function_name().find("download") != std::string::npos);
  CHECK(strands[1].state.find("gather, 2 left") != std::string::npos);
  CHECK(strands[2].depth == 1);
  CHECK(strands[2].state.find("event") != std::string::npos);
  CHECK(strands[3].state.find("sleep, ") != std::string::npos);
  CHECK(text.find("  - waits for event") != std::string::npos);
  CHECK(text.find("    - waits for sleep") != std::string::npos);
  flag.set();
  handle.cancel();
}

TRIDEM_TEST("since when a task waits") {
  event flag;
  auto wait = [](event* awaited) -> task<> {
    co_await sleep(3s);
    co_await awaited->wait();
  };
  auto handle = create_task(wait, &flag);
  co_await sleep(10s);
  CHECK(all_tasks()[1].state.ends_with(", for 7.0 s"));
  co_await sleep(1h);
  CHECK(all_tasks()[1].state.ends_with(", for 3607 s"));
  flag.set();
  co_await handle;
}

TRIDEM_TEST("of very many children the first are shown") {
  auto one = []() -> task<> { co_await sleep(1h); };
  std::vector<task<>> many;
  for (int i = 0; i < 1000; ++i) many.push_back(one());
  auto gather_all = [](std::vector<task<>> all) -> task<> { co_await gather(std::move(all)); };
  auto handle = create_task(gather_all(std::move(many)));
  co_await yield();
  CHECK(all_tasks()[1].state.find("gather, 1000 left") != std::string::npos);
  CHECK(all_tasks()[1].strands.size() == 100);
  handle.cancel();
}

}  // namespace
}  // namespace tridem
