// SPDX-License-Identifier: MIT
// The chain of places is unbroken from the throw to the root, whatever stands in between.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/adaptors.hpp>
#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/async_stack.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/generator.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/retry.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/wait.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <source_location>
#include <stdexcept>
#include <string>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<int> throws_at_once() {
  throw std::runtime_error("at once");
  co_return 0;
}
task<int> throws_later() {
  co_await yield();
  throw std::runtime_error("later");
  co_return 0;
}
task<int> in_between(int) {
  const int value = co_await throws_later();
  co_return value;
}

/// The stack of what `body` throws, as text.
task<std::string> stack_text(task<> body) {
  std::exception_ptr error;
  try {
    co_await std::move(body);
  } catch (...) {
    error = std::current_exception();
  }
  co_return format_stack(stack_of(error));
}

/// True when `text` contains the words one after the other.
bool follow(const std::string& text, std::vector<std::string> words) {
  std::size_t at = 0;
  for (const std::string& word : words) {
    at = text.find(word, at);
    if (at == text.npos) return false;
    at += word.size();
  }
  return true;
}

#define CHECK_CHAIN(text, ...)                         \
  do {                                                 \
    const std::string& chain = text;                   \
    const std::vector<std::string> words{__VA_ARGS__}; \
    CAPTURE(chain);                                    \
    CHECK(follow(chain, words));                       \
  } while (false)

task<> calls_one_that_throws_at_once() {
  co_await throws_at_once();
}
TRIDEM_TEST("a frame that came to no await is shown by its function") {
  const std::string text = co_await stack_text(calls_one_that_throws_at_once());
  CHECK_CHAIN(text, "at tridem::(anonymous namespace)::throws_at_once()\n",
              "calls_one_that_throws_at_once() (", "async_stack_test.cpp:", "stack_text",
              "in task 'main', created in ", "async_stack_test.cpp:");
}

task<> gathers() {
  co_await gather(in_between(1), sleep(1h));
}
task<> races() {
  co_await race(in_between(1), sleep(1h));
}
task<> waits_for() {
  co_await wait_for(in_between(1), 1h);
}
task<> shields() {
  co_await shield(in_between(1));
}
task<> with_deadline_in_scope() {
  auto body = [](cancel_scope& scope) -> task<int> {
    scope.deadline(now() + 1h);
    const int value = co_await in_between(1);
    co_return value;
  };
  co_await with_cancel_scope(body);
}
struct resource {
  task<> close() { co_await yield(); }
};
task<> uses_resource() {
  co_await with(resource{}, [](resource&) { return in_between(1); });
}
task<> cleans_up() {
  co_await finally([] { return in_between(1); }, [] { return sleep(1s); });
}
task<> cleanup_fails() {
  co_await finally([] { return sleep(1s); }, [] { return in_between(1); });
}
task<> retries() {
  co_await retry({.attempts = 3, .first_pause = 1s}, [] { return in_between(1); });
}
task<> limits() {
  auto limited = limit(2, in_between);
  co_await limited(1);
}

TRIDEM_TEST("whatever awaits in the same task is a link of the chain") {
  std::string text = co_await stack_text(gathers());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "gathers() (", "stack_text", "'main'");
  text = co_await stack_text(races());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "races() (", "stack_text", "'main'");
  text = co_await stack_text(waits_for());
  CHECK_CHAIN(text, "in_between(int) (", "at tridem::wait_for (", "waits_for() (", "'main'");
  text = co_await stack_text(shields());
  CHECK_CHAIN(text, "in_between(int) (", "at tridem::shield (", "shields() (", "'main'");
  text = co_await stack_text(with_deadline_in_scope());
  CHECK_CHAIN(text, "in_between(int) (", "tridem::with_cancel_scope (",
              "with_deadline_in_scope() (", "'main'");
  text = co_await stack_text(uses_resource());
  CHECK_CHAIN(text, "in_between(int) (", "at tridem::with (", "uses_resource() (", "'main'");
  text = co_await stack_text(cleans_up());
  CHECK_CHAIN(text, "in_between(int) (", "at tridem::with (", "cleans_up() (", "'main'");
  text = co_await stack_text(cleanup_fails());
  CHECK_CHAIN(text, "in_between(int) (", "tridem::shield (", "cleanup_fails() (", "'main'");
  text = co_await stack_text(retries());
  CHECK_CHAIN(text, "in_between(int) (", "at tridem::retry (", "retries() (", "'main'");
  text = co_await stack_text(limits());
  CHECK_CHAIN(text, "in_between(int) (", "at tridem::retry (", "limits() (", "'main'");
}

generator<int> counts(int up_to) {
  for (int i = 0; i < up_to; ++i) co_yield i;
  throw std::runtime_error("counted too far");
}
generator<int> counts_twice() {
  for (const int i : counts(3)) co_yield 2 * i;
}
task<> uses_generators() {
  co_await yield();
  for (const int i : counts_twice()) (void)i;
}
async_generator<int> source() {
  co_yield 1;
  co_await in_between(2);
}
task<> uses_source() {
  auto values = source();
  for (int* value = co_await values.next(); value != nullptr; value = co_await values.next()) {
  }
}
async_generator<int> source_that_throws_at_once() {
  throw std::runtime_error("empty");
  co_yield 1;
}
task<> adapts() {
  auto values = source_that_throws_at_once() | transform([](int x) { return x + 1; }) | take(3);
  co_await values.next();
}
async_generator<task<int>> jobs() {
  co_yield in_between(1);
  co_await sleep(1h);
}
task<> buffers() {
  auto results = jobs() | buffered(1);
  co_await results.next();
}
task<> buffers_unordered() {
  auto results = jobs() | buffered_unordered(2);
  co_await results.next();
}
task<> merges() {
  auto values = merge(source(), source());
  co_await values.next();
  co_await values.next();
  co_await values.next();
}

TRIDEM_TEST("generators and adaptors are links of the chain") {
  std::string text = co_await stack_text(uses_generators());
  CHECK_CHAIN(text, "counts(int)\n", "counts_twice()\n", "uses_generators() (", "'main'");
  text = co_await stack_text(uses_source());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "source() (", "uses_source() (",
              "'main'");
  text = co_await stack_text(adapts());
  CHECK_CHAIN(text, "source_that_throws_at_once()\n", "tridem::adaptors (", "tridem::adaptors (",
              "adapts() (", "'main'");
  // The tasks that feed these have stacks of their own: the reader's follows.
  text = co_await stack_text(buffers());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "in task '",
              "created in tridem::", "buffers() (", "'main'");
  text = co_await stack_text(buffers_unordered());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "in task '", "buffers_unordered() (",
              "'main'");
  text = co_await stack_text(merges());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "source() (", "in task 'stream'",
              "merges() (", "'main'");
}

task<> creates_from_a_callable() {
  auto handle = create_task(in_between, 1);
  co_await handle;
}
std::uint_least32_t creation_line = 0;
task<> creates_by_name() {
  creation_line = std::source_location::current().line() + 1;
  auto handle = create_task(in_between(1), "child");
  co_await std::move(handle);
}
task<> awaits_in_completion_order() {
  std::vector<task_handle<int>> handles;
  handles.push_back(create_task(in_between(1)));
  auto ended = as_completed(std::move(handles));
  task_handle<int>* first = co_await ended.next();
  co_await *first;
}
task<> gathers_handles() {
  auto first = create_task(in_between(1));
  auto second = create_task(sleep(1h));
  co_await gather(std::move(first), std::move(second));
}

TRIDEM_TEST("a task ends its stack with its creation; whoever awaits it follows") {
  std::string text = co_await stack_text(creates_from_a_callable());
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "in task 'task-", ", created in ",
              "creates_from_a_callable()\n", "creates_from_a_callable() (", "'main'");
  text = co_await stack_text(creates_by_name());
  const std::string line = "async_stack_test.cpp:" + std::to_string(creation_line) + ")";
  CHECK_CHAIN(text, "throws_later() (", "in_between(int) (", "in task 'child', created in ",
              "creates_by_name() (", line, "creates_by_name() (", "'main'");
  text = co_await stack_text(awaits_in_completion_order());
  CHECK_CHAIN(text, "throws_later() (", "in task 'task-", "awaits_in_completion_order() (",
              "'main'");
  text = co_await stack_text(gathers_handles());
  CHECK_CHAIN(text, "throws_later() (", "in task 'task-", "gathers_handles() (", "'main'");
}

task<> fails_in_group() {
  auto body = [](task_group& group) -> task<> {
    group.create_task(in_between, 1);
    group.create_task(in_between(1), "named");
    co_await sleep(1h);
  };
  co_await with_task_group(body);
}

TRIDEM_TEST("an exception group is printed with the stack of each of its errors") {
  std::exception_ptr error;
  try {
    co_await fails_in_group();
  } catch (...) {
    error = std::current_exception();
  }
  const std::string text = format_exception(error);
  // Which of the two fails first is nobody's promise.
  if (detail::debug_mode()) co_return;
  CHECK_CHAIN(text, "tridem::exception_group: task group failed (2 errors)", "tridem::task_group (",
              "fails_in_group() (", "in task 'main'", "  1. std::runtime_error: later\n",
              "throws_later() (", "in_between(int) (", "in task 'task-",
              "fails_in_group()::", "  2. std::runtime_error: later\n", "throws_later() (",
              "in_between(int) (", "in task 'named', created in ",
              "fails_in_group()::", "async_stack_test.cpp:");
}

TRIDEM_TEST("a failure that many await is told with the way to the first of them") {
  auto failing = create_task(in_between(1), "failing");
  auto watch = [](task_handle<int> watched) -> task<> { co_await watched; };
  std::vector<outcome<void>> ends;
  {
    std::vector<task<>> watchers;
    for (int i = 0; i < 100; ++i) watchers.push_back(watch(failing));
    ends = co_await gather_settled(std::move(watchers));
  }
  const async_stack stack = stack_of(ends.front().exception());
  CHECK(stack.size() >= 5);
  CHECK(stack.size() <= 8);
}

task<> hands_over(task_handle<int> from, int left) {
  if (left == 0) {
    co_await from;
  } else {
    auto next = [](task_handle<int> before) -> task<int> {
      const int value = co_await before;
      co_return value;
    };
    co_await hands_over(create_task(next, from), left - 1);
  }
}
TRIDEM_TEST("a failure that goes through a thousand tasks has a bounded stack") {
  std::exception_ptr error;
  auto failing = create_task(in_between(1), "failing");
  try {
    co_await hands_over(failing, 1000);
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  CHECK(stack_of(error).size() > 100);
  CHECK(stack_of(error).size() < 1000);
}

TRIDEM_TEST("this_task::stack begins with the place of the call and ends with the creation") {
  auto ask = []() -> task<async_stack> { co_return this_task::stack(); };
  auto through_gather = [ask]() -> task<async_stack> {
    auto [stack] = co_await gather(ask());
    co_return stack;
  };
  const async_stack stack = co_await through_gather();
  REQUIRE(stack.size() == 4);
  CHECK(stack[0].what() == stack_place::kind::await);
  CHECK(stack[0].line() > 0);
  CHECK(stack[3].what() == stack_place::kind::creation);
  CHECK(stack[3].to_string().find("in task 'main', created in ") == 0);
}

TEST_CASE("outside of a task there is no stack") {
  CHECK(this_task::stack().empty());
  CHECK(format_stack({}).empty());
  CHECK(stack_place().to_string().empty());
  CHECK(stack_place().function_name().empty());
}

TEST_CASE("each kind of place has its text") {
  const auto here = std::source_location::current();
  const std::string at = std::string(here.file_name()) + ":" + std::to_string(here.line()) + ")";
  CHECK(stack_place(here).to_string().ends_with(at));
  CHECK(stack_place::created(here, "x").to_string().starts_with("in task 'x', created in "));
  CHECK(stack_place::created({}, "x").to_string() == "in task 'x'");
  CHECK(stack_place::created(here, "").to_string().starts_with("created in "));
  CHECK(stack_place::created({}, "").to_string().empty());
  CHECK(stack_place::in_job("f(int)").to_string() == "on a thread: f(int)");
  CHECK(stack_place::in_worker(7, "f(int)").to_string() == "in worker 7: f(int)");
  CHECK(stack_place::in_worker(7, "/no/such/lib.so", 0x12).to_string() ==
        "in worker 7: lib.so+0x12");
  CHECK(stack_place::in_worker(7, "f(int)").pid() == 7);
  CHECK(stack_place::in_code(nullptr).to_string().empty());
}

}  // namespace
}  // namespace tridem
