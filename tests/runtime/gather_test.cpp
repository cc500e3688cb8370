// SPDX-License-Identifier: MIT
// gather: all at once, results in order, the first failure stops the rest.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<int> number_after(duration span, int value) {
  co_await sleep(span);
  co_return value;
}
task<> fail_after(duration span, const char* text) {
  co_await sleep(span);
  throw std::runtime_error(text);
}
task<> note_cut(bool* cut) {
  try {
    co_await sleep(1h);
  } catch (const cancelled&) {
    *cut = true;
    throw;
  }
}

TRIDEM_TEST("values come in the order given, and the naps overlap") {
  const time_point start = now();
  auto [a, b, c] = co_await gather(number_after(3s, 1), number_after(1s, 2), number_after(2s, 3));
  CHECK(a == 1);
  CHECK(b == 2);
  CHECK(c == 3);
  CHECK(now() - start >= 3s);
  CHECK(now() - start < 4s);
}

TRIDEM_TEST("void becomes monostate; handles, sleeps and tasks together") {
  auto handle = create_task(number_after(1s, 5));
  auto results = co_await gather(sleep(1s), handle, number_after(1s, 6));
  static_assert(std::is_same_v<std::tuple_element_t<0, decltype(results)>, std::monostate>);
  CHECK(std::get<1>(results) == 5);
  CHECK(std::get<2>(results) == 6);
  CHECK(handle.done());
}

TRIDEM_TEST("a range gives a vector in input order; an empty range gives nothing at once") {
  std::vector<task<int>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(number_after((100 - i) * 1ms, i));
  const std::vector<int> values = co_await gather(std::move(tasks));
  REQUIRE(values.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(values[static_cast<std::size_t>(i)] == i);
  std::vector<task<int>> none;
  const std::vector<int> nothing = co_await gather(std::move(none));
  CHECK(nothing.empty());
}

TRIDEM_TEST("children start in place, in order, up to their first suspension") {
  std::vector<int> order;
  auto note = [](std::vector<int>* into, int what) -> task<> {
    into->push_back(what);
    co_await yield();
    into->push_back(10 + what);
  };
  co_await gather(note(&order, 1), note(&order, 2), note(&order, 3));
  CHECK(order == std::vector<int>{1, 2, 3, 11, 12, 13});
}

TRIDEM_TEST("the first failure cancels the others, waits for them, and is thrown") {
  bool cut = false;
  const std::string text = co_await test::text_of<std::runtime_error>(
      gather(number_after(1s, 1), fail_after(2s, "second"), note_cut(&cut)));
  CHECK(text == "second");
  CHECK(cut);
}

task<> fail_in_cleanup() {
  try {
    co_await sleep(1h);
  } catch (const cancelled&) {
  }
  throw std::runtime_error("cleanup broke too");
}

TRIDEM_TEST("errors of the others become notes of the first") {
  std::exception_ptr error;
  try {
    co_await gather(fail_after(1s, "first"), fail_in_cleanup());
  } catch (const std::runtime_error&) {
    error = std::current_exception();
  }
  REQUIRE(error != nullptr);
  const std::vector<std::string> attached = notes(error);
  REQUIRE(attached.size() == 1);
  CHECK(attached[0].find("cleanup broke too") != std::string::npos);
}

TRIDEM_TEST("a failure while children are started: the later ones never begin") {
  bool began = false;
  auto fail_now = []() -> task<> {
    throw std::logic_error("at once");
    co_return;
  };
  auto note = [](bool* flag) -> task<> {
    *flag = true;
    co_return;
  };
  const std::string text =
      co_await test::text_of<std::logic_error>(gather(fail_now(), note(&began)));
  CHECK(text == "at once");
  CHECK_FALSE(began);
}

TRIDEM_TEST("cancelling a gather reaches all children") {
  bool cut[3] = {};
  auto gathering = [](bool* flags) -> task<> {
    co_await gather(note_cut(&flags[0]), note_cut(&flags[1]), note_cut(&flags[2]));
  };
  auto handle = create_task(gathering, cut);
  co_await sleep(1s);
  handle.cancel();
  co_await sleep(1s);
  CHECK(handle.cancelled());
  CHECK(cut[0]);
  CHECK(cut[1]);
  CHECK(cut[2]);
}

task<int> stubborn() {
  try {
    co_await sleep(1h);
  } catch (const cancelled&) {
  }
  co_return 1;
}

TRIDEM_TEST(
    "a task given away to a gather is stopped, though a sibling failed before it was awaited") {
  auto given = create_task(number_after(1h, 1));
  auto watching = given;
  auto fail_at_once = []() -> task<> {
    throw std::runtime_error("at once");
    co_return;
  };
  auto both = gather(fail_at_once(), std::move(given));
  const std::string text = co_await test::text_of<std::runtime_error>(std::move(both));
  CHECK(text == "at once");
  CHECK(watching.cancelled());
}

TRIDEM_TEST("when all children returned values nevertheless, those are delivered") {
  auto [a, b] = co_await wait_for(gather(stubborn(), stubborn()), 1s);
  CHECK(a == 1);
  CHECK(b == 1);
}

TRIDEM_TEST("gather_settled disturbs nobody and tells how each has ended") {
  auto [good, bad, late] =
      co_await gather_settled(number_after(2s, 4), fail_after(1s, "bad"), number_after(3s, 5));
  CHECK(good.value() == 4);
  CHECK_FALSE(bad.has_value());
  CHECK_THROWS_WITH_AS(bad.value(), "bad", std::runtime_error);
  CHECK(late.value() == 5);
  std::vector<task<>> tasks;
  tasks.push_back(fail_after(1s, "x"));
  tasks.push_back(fail_after(2s, "y"));
  const auto outcomes = co_await gather_settled(std::move(tasks));
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].exception() != nullptr);
  CHECK(outcomes[1].exception() != nullptr);
}

TRIDEM_TEST("a gather that is never awaited, or dropped, frees its children") {
  struct mine;
  using probe = test::lifetime_probe<mine>;
  probe::counts.reset();
  auto keep = [](probe p) -> task<int> { co_return p.value; };
  {
    auto unused = gather(keep(probe(1)), keep(probe(2)));
    (void)unused;
  }
  CHECK(probe::counts.live() == 0);
  auto [a, b] = co_await gather(keep(probe(1)), keep(probe(2)));
  CHECK(a + b == 3);
  CHECK(probe::counts.live() == 0);
}

}  // namespace
}  // namespace tridem
