// SPDX-License-Identifier: MIT
// The ways to write an await that every supported compiler gets right, at every level of
// optimisation. Those that some compiler gets wrong are programs in tests/compiler_patterns.
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using tridem::task;

struct pattern_tag {};
using probe = tridem::test::lifetime_probe<pattern_tag>;

/// As many probes must have died as were made when a block is left.
struct balance {
  balance() { probe::counts.reset(); }
  balance(const balance&) = delete;
  ~balance() { CHECK(probe::counts.live() == 0); }
};

task<int> number(int value) {
  co_await tridem::yield();
  co_return value;
}
task<bool> is_positive(int value) {
  co_await tridem::yield();
  co_return value > 0;
}
task<std::string> text(std::string value) {
  co_await tridem::yield();
  co_return value;
}
task<probe> make_probe(int value) {
  co_await tridem::yield();
  co_return probe(value);
}
task<int> take_probe(probe by_value) {
  co_await tridem::yield();
  co_return by_value.value;
}
task<int> look_at_probe(const probe& by_reference) {
  co_await tridem::yield();
  co_return by_reference.value;
}
template <class F>
task<int> call_later(F f) {
  co_await tridem::yield();
  co_return f();
}

TRIDEM_TEST("a named lambda, copied, moved or wrapped by moved()") {
  balance check;
  probe mine(3);
  auto copied = [mine] { return mine.value; };
  CHECK(co_await call_later(copied) == 3);
  auto given = [mine] { return mine.value; };
  CHECK(co_await call_later(std::move(given)) == 3);
  auto coroutine = [mine]() -> task<int> {
    co_await tridem::yield();
    co_return mine.value;
  };
  CHECK(co_await tridem::create_task(tridem::moved(coroutine)) == 3);
  auto in_scope = [mine](tridem::cancel_scope&) { return number(mine.value); };
  const auto scoped = co_await tridem::with_cancel_scope(tridem::moved(in_scope));
  CHECK(scoped == 3);
}

TRIDEM_TEST("a temporary lambda that captures nothing, references or plain values") {
  int sum = 0;
  int step = 2;
  sum += co_await call_later([] { return 1; });
  sum += co_await call_later([step] { return step; });
  co_await tridem::create_task([&sum]() -> task<> {
    co_await tridem::yield();
    ++sum;
  });
  sum += co_await tridem::create_task([](int a, int b) { return number(a + b); }, 2, 3);
  ++step;
  CHECK(sum + step == 12);
}

TRIDEM_TEST("a callable with arguments that own") {
  balance check;
  CHECK(co_await tridem::create_task(take_probe, probe(4)) == 4);
  CHECK(co_await tridem::create_task([](probe p) { return take_probe(std::move(p)); }, probe(5)) ==
        5);
}

TRIDEM_TEST("a temporary lambda that owns, where it is no part of an await") {
  balance check;
  probe mine(6);
  int seen = 0;
  auto body = [&](tridem::task_group& group) -> task<> {
    group.create_task([mine, &seen]() -> task<> {
      co_await tridem::yield();
      seen += mine.value;
    });
    co_await tridem::yield();
  };
  co_await tridem::with_task_group(body);
  CHECK(seen == 6);
}

TRIDEM_TEST("temporaries of types with constructors, by value and by const reference") {
  balance check;
  CHECK(co_await take_probe(probe(1)) == 1);
  CHECK(co_await look_at_probe(probe(2)) == 2);
  CHECK(co_await text(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(co_await text("from a literal that is long enough to be allocated on the heap") ==
        "from a literal that is long enough to be allocated on the heap");
}

TRIDEM_TEST("awaits inside the arguments of an await") {
  balance check;
  CHECK(co_await number(co_await number(3) + co_await number(4)) == 7);
  CHECK(co_await take_probe(co_await make_probe(8)) == 8);
}

TRIDEM_TEST("logical operators and the comma, with the value named") {
  const bool both = co_await is_positive(1) && co_await is_positive(-1);
  const bool either = co_await is_positive(-1) || co_await is_positive(1);
  const int last = (co_await number(1), co_await number(2));
  CHECK_FALSE(both);
  CHECK(either);
  CHECK(last == 2);
}

TRIDEM_TEST("a condition on a value that was named first") {
  int reached = 0;
  const bool yes = co_await is_positive(1);
  if (yes) ++reached;
  for (bool more = true; more; more = co_await is_positive(2 - reached)) ++reached;
  if (const int value = co_await number(5); value == 5) ++reached;
  CHECK(reached == 3);
}

TRIDEM_TEST("either branch, chosen by if instead of the conditional operator") {
  balance check;
  for (const bool first : {true, false}) {
    probe chosen(0);
    if (first) {
      chosen = co_await make_probe(1);
    } else {
      chosen = probe(2);
    }
    CHECK(chosen.value == (first ? 1 : 2));
  }
}

TRIDEM_TEST("range-for over what an await gives") {
  auto make = [](int count) -> task<std::vector<probe>> {
    co_await tridem::yield();
    std::vector<probe> made;
    for (int i = 0; i < count; ++i) made.emplace_back(i);
    co_return made;
  };
  balance check;
  int sum = 0;
  for (const probe& one : co_await make(4)) sum += co_await number(one.value);
  CHECK(sum == 6);
}

TRIDEM_TEST("structured bindings of what an await gives, in a loop") {
  balance check;
  for (int i = 0; i < 3; ++i) {
    auto [a, b] = co_await tridem::gather(make_probe(i), make_probe(i + 1));
    CHECK(a.value + 1 == b.value);
  }
}

struct request {
  std::string name;
  probe value;
};
task<int> use(request it) {
  co_await tridem::yield();
  co_return it.value.value + static_cast<int>(it.name.size());
}

TRIDEM_TEST("an aggregate that owns, or a list, named first") {
  balance check;
  request named{.name = "four", .value = probe(3)};
  CHECK(co_await use(std::move(named)) == 7);
  std::vector<std::string> names{"one", "two"};
  auto count = [](std::vector<std::string> all) -> task<std::size_t> { co_return all.size(); };
  CHECK(co_await count(names) == 2);
}

struct plain_options {
  int chunk = 1;
  int in_flight = 2;
};
task<int> configured(plain_options options) {
  co_await tridem::yield();
  co_return options.chunk* options.in_flight;
}

TRIDEM_TEST("an aggregate of plain values, in place") {
  CHECK(co_await configured({.chunk = 8}) == 16);
  static_assert(std::is_trivially_destructible_v<tridem::run_options>);
}

TRIDEM_TEST("a task made first and awaited later") {
  balance check;
  task<int> later = take_probe(probe(9));
  co_await tridem::yield();
  CHECK(co_await std::move(later) == 9);
  {
    task<int> never = take_probe(probe(1));
  }
}

task<int> hand_on(probe mine) {
  co_return co_await take_probe(std::move(mine));
}
task<const std::string&> refer_to(const std::string& kept) {
  co_await tridem::yield();
  co_return kept;
}
task<std::unique_ptr<int>> move_only(int value) {
  co_await tridem::yield();
  co_return std::make_unique<int>(value);
}

TRIDEM_TEST("results by value, by reference, move-only, and straight on") {
  balance check;
  CHECK(co_await hand_on(probe(2)) == 2);
  const std::string kept = "kept";
  CHECK(&co_await refer_to(kept) == &kept);
  CHECK(*co_await move_only(3) == 3);
  auto [one, other] = co_await tridem::gather(move_only(4), tridem::wait_for(move_only(5), 1s));
  CHECK(*one + *other == 9);
}

task<int> fail_holding(probe) {
  co_await tridem::yield();
  throw std::runtime_error("failed");
}

TRIDEM_TEST("temporaries die once when the await throws") {
  balance check;
  bool caught = false;
  try {
    co_await gather(fail_holding(probe(1)), take_probe(probe(2)));
  } catch (const std::runtime_error&) {
    caught = true;
  }
  CHECK(caught);
  const std::string reason = co_await text("the text of an exception, made by an await");
  std::string thrown;
  try {
    throw std::runtime_error(reason);
  } catch (const std::runtime_error& error) {
    thrown = error.what();
  }
  CHECK(thrown == "the text of an exception, made by an await");
}

class counter {
 public:
  task<int> add(int value) {
    co_await tridem::yield();
    co_return sum_ += value;
  }

 private:
  int sum_ = 0;
};

TRIDEM_TEST("coroutines that are members, generic lambdas, and names of tasks") {
  counter all;
  co_await all.add(1);
  CHECK(co_await all.add(2) == 3);
  auto twice = [](auto value) -> task<decltype(value)> {
    co_await tridem::yield();
    co_return value + value;
  };
  CHECK(co_await twice(2) == 4);
  CHECK(co_await twice(std::string("ab")) == "abab");
  auto handle = tridem::create_task(number(1), std::string(60, 'n'));
  CHECK(handle.name() == std::string(60, 'n'));
  CHECK(co_await tridem::create_task(number(2), std::string(60, 'm')) == 2);
  CHECK(co_await handle == 1);
}

}  // namespace
