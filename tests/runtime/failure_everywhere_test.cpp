// SPDX-License-Identifier: MIT
// An exception thrown at each await of a tree of tasks, one after the other, and at many pairs:
// each is heard of exactly once, and nothing is left behind.
#include "tests/support/captured_stderr.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/failure_tree.hpp"

#include <tridem/runtime/run.hpp>

#include <doctest/doctest.h>

#include <random>

namespace tridem::test::failure_tree {
namespace {

constexpr int depth_of_tree = 4;

task<> grow(forest& all) {
  std::exception_ptr failure;
  try {
    co_await branch(all, depth_of_tree, 0);
    co_await branch(all, depth_of_tree, 2);
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  if (failure != nullptr) all.observe(failure);
  // Those that nobody owned go on to their own end.
  co_await sleep(std::chrono::hours(2));
}

forest play(std::set<int> fail_at) {
  forest all;
  all.fail_at = std::move(fail_at);
  captured_stderr reports;
  run(grow(all));
  all.observe_text(reports.end());
  return all;
}

std::string list_of(const std::set<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += " " + std::to_string(number);
  return text;
}

void check(const forest& all) {
  CHECK_MESSAGE(all.tasks_begun == all.tasks_ended, "failing at", list_of(all.fail_at),
                " left tasks behind");
  for (const int number : all.thrown) {
    const auto found = all.observed.find(number);
    const int times = found == all.observed.end() ? 0 : found->second;
    CHECK_MESSAGE(times == 1, "failing at", list_of(all.fail_at), ": exception ", number,
                  " was heard of ", times, " times");
  }
}

TEST_CASE("an exception at any await of a tree of tasks is heard of exactly once") {
  const forest whole = play({});
  REQUIRE(whole.tasks_begun > 100);
  REQUIRE(whole.awaits > 150);
  MESSAGE(whole.tasks_begun, " tasks, ", whole.awaits, " awaits");
  int thrown = 0;
  for (int at = 0; at < whole.awaits; ++at) {
    const forest all = play({at});
    check(all);
    thrown += static_cast<int>(all.thrown.size());
  }
  CHECK(thrown == whole.awaits);
}

TEST_CASE("of two exceptions in a tree of tasks each is heard of exactly once") {
  const int awaits = play({}).awaits;
  std::mt19937 random(1);
  int both = 0;
  const auto pairs = static_cast<int>(command_line::seeds_to_play(1000).last);
  for (int i = 0; i < pairs; ++i) {
    const int first = static_cast<int>(random() % static_cast<unsigned>(awaits));
    const int second = first + 1 + static_cast<int>(random() % 6);
    const forest all = play({first, second});
    check(all);
    both += all.thrown.size() == 2 ? 1 : 0;
  }
  MESSAGE(both, " of ", pairs, " runs threw both");
  CHECK(both > pairs / 10);
}

}  // namespace
}  // namespace tridem::test::failure_tree
