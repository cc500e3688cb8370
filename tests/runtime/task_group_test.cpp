// SPDX-License-Identifier: MIT
// Task groups: children never outlive the block, and what fails is never lost.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/event.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<> count_after(duration span, int* count) {
  co_await sleep(span);
  ++*count;
}
task<> fail_after(duration span, const char* text) {
  co_await sleep(span);
  throw std::runtime_error(text);
}
task<> note_cut(int* cut) {
  try {
    co_await sleep(1h);
  } catch (const cancelled&) {
    ++*cut;
    throw;
  }
}

TRIDEM_TEST("a group ends when body and children have ended, and gives the body's value") {
  int count = 0;
  auto body = [&](task_group& group) -> task<std::string> {
    for (int i = 1; i <= 5; ++i) group.create_task(count_after(i * 1s, &count));
    CHECK(group.size() == 5);
    co_return "value";
  };
  const std::string value = co_await with_task_group(body);
  CHECK(value == "value");
  CHECK(count == 5);
}

TRIDEM_TEST("a group always throws exception_group, for one error too") {
  int cut = 0;
  auto body = [&](task_group& group) -> task<> {
    group.create_task(fail_after(1s, "child"));
    group.create_task(note_cut(&cut));
    co_await note_cut(&cut);
  };
  std::vector<std::string> texts;
  try {
    co_await with_task_group(body);
  } catch (exception_group& group) {
    group.handle<std::runtime_error>([&](const auto& error) { texts.push_back(error.what()); });
  }
  CHECK(texts == std::vector<std::string>{"child"});
  CHECK(cut == 2);
}

TRIDEM_TEST("a failure of the body cancels the children") {
  int cut = 0;
  auto body = [&](task_group& group) -> task<> {
    group.create_task(note_cut(&cut));
    co_await yield();
    throw std::logic_error("body");
  };
  const std::string text = co_await test::text_of<exception_group>(with_task_group(body));
  CHECK(text.find("body") != std::string::npos);
  CHECK(cut == 1);
}

TRIDEM_TEST("all errors of a group are told, in the order in which they happened") {
  auto body = [](task_group& group) -> task<> {
    group.create_task(fail_after(0s, "one"));
    group.create_task(fail_after(0s, "two"));
    co_return;
  };
  std::size_t count = 0;
  try {
    co_await with_task_group(body);
  } catch (exception_group& group) {
    count = group.exceptions().size();
  }
  CHECK(count >= 1);
}

TRIDEM_TEST("cancel() stops the children, those to come included, and not the body") {
  int cut = 0;
  bool body_ended = false;
  auto body = [&](task_group& group) -> task<> {
    group.create_task(note_cut(&cut));
    co_await yield();
    group.cancel();
    group.create_task(note_cut(&cut));
    co_await sleep(1s);
    body_ended = true;
  };
  co_await with_task_group(body);
  CHECK(cut == 2);
  CHECK(body_ended);
}

TRIDEM_TEST("cancelling from outside reaches body and children, and is thrown") {
  int cut = 0;
  auto body = [&](task_group& group) -> task<> {
    group.create_task(note_cut(&cut));
    co_await note_cut(&cut);
  };
  const std::string text =
      co_await test::text_of<timeout_error>(wait_for(with_task_group(body), 1s));
  CHECK(text != "nothing was thrown");
  CHECK(cut == 2);
}

TRIDEM_TEST("children can start children in their group") {
  int count = 0;
  auto grow = [&count](task_group& group, int depth, auto self) -> task<> {
    ++count;
    if (depth == 0) co_return;
    group.create_task(self, std::ref(group), depth - 1, self);
    group.create_task(self, std::ref(group), depth - 1, self);
  };
  auto body = [&](task_group& group) -> task<> {
    group.create_task(grow, std::ref(group), 5, grow);
    co_return;
  };
  co_await with_task_group(body);
  CHECK(count == 63);
}

TRIDEM_TEST("handles of a group can be awaited inside it") {
  auto body = [](task_group& group) -> task<int> {
    auto number = []() -> task<int> {
      co_await sleep(1s);
      co_return 8;
    };
    auto handle = group.create_task(number());
    const int value = co_await handle;
    co_return value;
  };
  const int value = co_await with_task_group(body);
  CHECK(value == 8);
}

TRIDEM_TEST("groups nest: an inner failure leaves the outer body as an error") {
  int cut = 0;
  auto inner = [](task_group& group) -> task<> {
    group.create_task(fail_after(1s, "deep"));
    co_await sleep(1h);
  };
  auto outer = [&](task_group& group) -> task<> {
    group.create_task(note_cut(&cut));
    co_await with_task_group(inner);
  };
  std::size_t found = 0;
  try {
    co_await with_task_group(outer);
  } catch (exception_group& group) {
    found = group.handle<std::runtime_error>(
        [](const auto& error) { CHECK(std::string(error.what()) == "deep"); });
  }
  CHECK(found == 1);
  CHECK(cut == 1);
}

TRIDEM_TEST("a body that watches a child when both are cancelled from outside was cancelled") {
  bool timed_out = false;
  auto body = [](task_group& group) -> task<> {
    auto child = group.create_task(sleep(1h));
    co_await child;
  };
  try {
    co_await wait_for(with_task_group(body), 1s);
  } catch (const timeout_error&) {
    timed_out = true;  // and no exception_group that holds a task_cancelled
  }
  CHECK(timed_out);
}

}  // namespace
}  // namespace tridem
