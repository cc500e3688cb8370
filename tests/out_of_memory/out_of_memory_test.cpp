// SPDX-License-Identifier: MIT
// Every allocation of a run fails once, frames included: nothing crashes, nothing is left, no item
// is lost; what did not get its memory throws std::bad_alloc and everything else goes on.
#include "tests/out_of_memory/allocation_failure.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/failure_tree.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/concurrent_queue.hpp>
#include <tridem/runtime/condition.hpp>
#include <tridem/runtime/context_var.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/priority_queue.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/retry.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/wait.hpp>

#include <doctest/doctest.h>

#include <new>

namespace tridem::test {
namespace {

struct item_tag {};
/// So large that a queue needs memory for every other one.
struct item : lifetime_probe<item_tag> {
  using lifetime_probe::lifetime_probe;
  char rest[200] = {};
};

/// What a run leaves to look at.
struct ledger {
  failure_tree::forest tree;
  int put = 0;
  int got = 0;
  std::size_t unread = 0;
};

using scenario = task<> (*)(ledger&);

task<> grow_tree(ledger& book) {
  co_await failure_tree::branch(book.tree, 3, 0);
  co_await failure_tree::branch(book.tree, 3, 2);
}

template <class Queue>
task<> produce(ledger& book, Queue& into) {
  for (int i = 0; i < 20; ++i) {
    const bool is_put = co_await into.put(item(i));
    if (is_put) ++book.put;
  }
}
template <class Queue>
task<> consume(ledger& book, Queue& from) {
  for (;;) {
    const auto next = co_await from.get();
    if (!next) co_return;
    ++book.got;
  }
}

template <class Queue>
task<> pass_items(ledger& book) {
  Queue items(3);
  auto run_both = [&](task_group& group) -> task<> {
    auto producer = group.create_task(produce(book, items));
    group.create_task(consume(book, items));
    co_await producer;
    items.close();
  };
  std::exception_ptr failure;
  try {
    co_await with_task_group(run_both);
  } catch (...) {
    failure = std::current_exception();
  }
  while (items.try_get()) ++book.unread;
  if (failure != nullptr) std::rethrow_exception(failure);
}

task<int> number_after(duration span, int number) {
  co_await sleep(span);
  co_return number;
}

task<> watch_tasks(ledger&) {
  std::vector<task_handle<int>> handles;
  for (int i = 0; i < 5; ++i) {
    handles.push_back(create_task(number_after(std::chrono::milliseconds(i), i), "a name to keep"));
  }
  auto first = co_await wait(handles, wait_for_what::first_completed);
  auto in_order = as_completed(handles);
  for (;;) {
    auto* one = co_await in_order.next();
    if (one == nullptr) break;
  }
  for (task_handle<int>& one : handles) co_await one;
}

task<> fail_at_first(int& attempts) {
  if (++attempts < 3)
    throw std::runtime_error("not yet, and in a text that needs memory of its own");
  co_return;
}

context_var<std::string> outer_word("nothing");
context_var<std::string> inner_word("nothing");

task<> set_words() {
  outer_word.set("a word that is too long for the small string");
  inner_word.set("another word that is too long for the small string");
  co_await yield();
  outer_word.set("a word that stands behind another by now");
}

task<> use_the_rest(ledger&) {
  int attempts = 0;
  auto attempt = [&attempts] { return fail_at_first(attempts); };
  co_await retry(retry_policy{}, attempt);
  co_await gather(set_words(), set_words());
  auto failed = co_await as_result(retry(retry_policy{.attempts = 1}, attempt));
  bool called = false;
  auto timer =
      event_loop::current().call_later(std::chrono::milliseconds(1), [&] { called = true; });
  event_loop::current().call_soon([] { throw std::runtime_error("reported, not thrown"); });
  co_await sleep(std::chrono::milliseconds(2));
}

task<> guarded(scenario play, ledger& book) {
  try {
    co_await play(book);
  } catch (const std::exception&) {
    // std::bad_alloc, a group of them, or what was to be tried again.
  }
}

/// True while there was an allocation left to fail.
bool play_failing_at(scenario play, std::uint64_t number, bool and_all_later) {
  forget_recycled_frames();
  item::counts.reset();
  ledger book;
  bool has_happened = false;
  captured_stderr reports;
  {
    const allocation_failure fail(number, and_all_later);
    try {
      run(guarded(play, book));
    } catch (const std::bad_alloc&) {
      // The loop itself, or its first task.
    }
    has_happened = fail.has_happened();
  }
  reports.end();
  CHECK_MESSAGE(book.tree.tasks_begun == book.tree.tasks_ended, "allocation ", number,
                " left a task behind");
  CHECK_MESSAGE(book.put == book.got + static_cast<int>(book.unread), "allocation ", number,
                " cost an item: ", book.put, " put, ", book.got, " got, ", book.unread, " unread");
  CHECK_MESSAGE(item::counts.live() == 0, "allocation ", number, " left an item behind");
  return has_happened;
}

void fail_each(scenario play) {
  // What is made once for the whole process is there before anything fails.
  ledger first;
  run(guarded(play, first));
  for (const bool and_all_later : {false, true}) {
    std::uint64_t number = 0;
    while (play_failing_at(play, number, and_all_later)) ++number;
    CHECK(number > 10);
    MESSAGE(number, " allocations");
  }
}

TEST_CASE("each allocation of a tree of tasks fails once, and then all from there on") {
  fail_each(grow_tree);
}
TEST_CASE("each allocation of a queue fails once") {
  fail_each(pass_items<queue<item>>);
}
TEST_CASE("each allocation of a concurrent_queue fails once") {
  fail_each(pass_items<concurrent_queue<item>>);
}
TEST_CASE("each allocation of wait and as_completed fails once") {
  fail_each(watch_tasks);
}
TEST_CASE("each allocation of retries, callbacks and context variables fails once") {
  fail_each(use_the_rest);
}

}  // namespace
}  // namespace tridem::test
