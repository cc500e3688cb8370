// SPDX-License-Identifier: MIT
// task<T>: lazy, move-only, awaited once, in the strand of its awaiter.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace tridem {
namespace {

using test::lifetime_probe;

static_assert(!std::is_copy_constructible_v<task<int>>);
static_assert(std::is_nothrow_move_constructible_v<task<int>>);
static_assert(!std::is_constructible_v<task<int>, int>);

task<int> number(int value, bool* began = nullptr) {
  if (began != nullptr) *began = true;
  co_return value;
}

TRIDEM_TEST("nothing runs until a task is awaited") {
  bool began = false;
  task<int> lazy = number(3, &began);
  CHECK(lazy);
  CHECK_FALSE(began);
  const int value = co_await std::move(lazy);
  CHECK(value == 3);
  CHECK(began);
  CHECK_FALSE(lazy);
}

TRIDEM_TEST("a task that is dropped before it ran frees its frame and its parameters") {
  struct mine;
  using probe = lifetime_probe<mine>;
  probe::counts.reset();
  {
    auto keep = [](probe p) -> task<int> { co_return p.value; };
    task<int> dropped = keep(probe(1));
    task<int> moved_to = std::move(dropped);
    CHECK_FALSE(dropped);
    CHECK(moved_to);
    moved_to = keep(probe(2));
    const int value = co_await std::move(moved_to);
    CHECK(value == 2);
  }
  CHECK(probe::counts.live() == 0);
}

task<int> add(int a, int b) {
  const int left = co_await number(a);
  const int right = co_await number(b);
  co_return left + right;
}

TRIDEM_TEST("tasks await tasks") {
  const int sum = co_await add(20, 22);
  CHECK(sum == 42);
}

task<> fail(const char* text) {
  co_await yield();
  throw std::runtime_error(text);
}
task<int> fail_below() {
  co_await fail("from below");
  co_return 1;
}

TRIDEM_TEST("an exception comes out at the await, as itself") {
  const std::string text = co_await test::text_of<std::runtime_error>(fail_below());
  CHECK(text == "from below");
}

task<int&> reference_to(int& variable) {
  co_return variable;
}
task<std::unique_ptr<int>> give_unique() {
  co_return std::make_unique<int>(9);
}

TRIDEM_TEST("a task gives references, and values that only move") {
  int variable = 1;
  int& same = co_await reference_to(variable);
  CHECK(&same == &variable);
  const std::unique_ptr<int> owned = co_await give_unique();
  CHECK(*owned == 9);
}

TRIDEM_TEST("a result is moved on its way, never copied") {
  struct mine;
  using probe = lifetime_probe<mine>;
  probe::counts.reset();
  {
    auto make = []() -> task<probe> { co_return probe(4); };
    const probe got = co_await make();
    CHECK(got.value == 4);
    CHECK(probe::counts.copied == 0);
  }
  CHECK(probe::counts.live() == 0);
}

task<std::uint64_t> id_below() {
  co_return this_task::id();
}

TRIDEM_TEST("an awaited task runs in the strand of its awaiter, at once") {
  const std::uint64_t below = co_await id_below();
  CHECK(below == this_task::id());
  bool other_ran = false;
  auto other = create_task(
      [](bool* ran) -> task<> {
        *ran = true;
        co_return;
      },
      &other_ran);
  const int value = co_await number(1);
  CHECK(value == 1);
  CHECK_FALSE(other_ran);
  co_await other;
  CHECK(other_ran);
}

}  // namespace
}  // namespace tridem
