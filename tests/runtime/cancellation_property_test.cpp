// SPDX-License-Identifier: MIT
// Random trees of tasks, cancelled at random moments: nothing is lost, nothing outlives its parent.
//
// TRIDEM_SEED=<n> replays one seed, TRIDEM_SEEDS=<n> plays as many from 1 on.
#include "tests/runtime/cancellation_property_support.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

using namespace tridem::test::property;
using tridem::task;

task<> node(world& w, int depth, int* open);

std::vector<task<>> some_nodes(world& w, int depth, int* open) {
  std::vector<task<>> nodes;
  for (int i = 1 + w.below(4); i > 0; --i) nodes.push_back(node(w, depth, open));
  return nodes;
}

task<> gather_some(world& w, int depth) {
  all_ended_check check(w, "a gather ended before its children");
  auto nodes = some_nodes(w, depth, &check.open);
  const int how = w.below(3);
  if (how == 0) {
    co_await tridem::gather(std::move(nodes));
  } else if (how == 1) {
    auto outcomes = co_await tridem::gather_settled(std::move(nodes));
    for (const auto& one : outcomes) {
      w.expect(!tridem::detail::is_cancelled_exception(one.exception()),
               "gather_settled gave `cancelled` as an outcome");
    }
  } else {
    co_await tridem::race(std::move(nodes));
  }
}

task<> limit_one(world& w, int depth) {
  all_ended_check check(w, "wait_for ended before what it awaits");
  auto inner = node(w, depth, &check.open);
  const auto span = w.some_ms();
  try {
    co_await tridem::wait_for(std::move(inner), span);
  } catch (const tridem::timeout_error&) {
    ++w.timeouts;
    w.expect(!tridem::this_task::cancel_requested(), "an outer cancellation beats a timeout");
  }
}

task<> shield_one(world& w, int depth) {
  all_ended_check check(w, "shield ended before what it awaits");
  auto inner = node(w, depth, &check.open);
  co_await tridem::shield(std::move(inner));
}

struct timer_guard {
  ~timer_guard() { timer.cancel(); }
  tridem::timer_handle timer;
};

task<> scope_one(world& w, int depth) {
  all_ended_check check(w, "with_cancel_scope ended before its body");
  bool told = false;
  auto body = [&](tridem::cancel_scope& scope) -> task<> {
    timer_guard later{
        tridem::event_loop::current().call_later(w.some_ms(), [&scope] { scope.cancel(); })};
    if (w.one_in(3)) scope.deadline(tridem::now() + w.some_ms());
    if (w.one_in(8)) scope.cancel();
    std::exception_ptr cut;
    try {
      co_await node(w, depth, &check.open);
    } catch (...) {
      cut = std::current_exception();
    }
    told = scope.cancel_called();
    if (cut != nullptr) std::rethrow_exception(cut);
  };
  const bool whole = co_await tridem::with_cancel_scope(body);
  if (!whole) ++w.scopes_cut;
  w.expect(whole || told, "a scope that nobody cancelled was cut");
  w.expect(whole || !tridem::this_task::cancel_requested(),
           "a scope absorbed what came from outside");
}

task<> group_some(world& w, int depth) {
  all_ended_check check(w, "a task group ended before its children");
  auto body = [&](tridem::task_group& group) -> task<> {
    std::vector<tridem::task_handle<>> handles;
    for (int i = w.below(5); i > 0; --i) {
      handles.push_back(group.create_task(node(w, depth, &check.open)));
    }
    co_await leaf(w);
    if (!handles.empty() && w.one_in(3)) handles.front().cancel();
    if (w.one_in(5)) group.cancel();
    if (!handles.empty() && w.one_in(3)) co_await handles.back();
    if (w.one_in(8)) throw std::runtime_error("body");
  };
  try {
    co_await tridem::with_task_group(body);
  } catch (const tridem::exception_group& group) {
    w.expect(!group.exceptions().empty(), "an exception group without exceptions");
    for (const std::exception_ptr& error : group.exceptions()) {
      w.expect(!tridem::detail::is_cancelled_exception(error), "a group holds `cancelled`");
    }
    if (w.one_in(2)) throw;
  }
}

// What is awaited by move ends before the await does.
task<> own_one(world& w, int depth) {
  all_ended_check check(w, "a task outlived the one that owned it");
  auto handle = tridem::create_task(node(w, depth, &check.open));
  std::exception_ptr cut;
  try {
    co_await leaf(w);
  } catch (...) {
    cut = std::current_exception();
  }
  if (cut != nullptr || w.one_in(3)) handle.cancel();
  try {
    co_await std::move(handle);
  } catch (const std::exception&) {
    // Its failure is no matter of this one.
  }
  if (cut != nullptr) std::rethrow_exception(cut);
}

// What is only watched goes on; the loop ends it.
task<> quiet(world& w, int depth) {
  try {
    co_await node(w, depth, nullptr);
  } catch (const std::exception&) {
  }
}

task<> watch_one(world& w, int depth) {
  auto handle = tridem::create_task(quiet(w, depth));
  const auto span = w.some_ms();
  try {
    co_await tridem::wait_for(handle, span);
  } catch (const tridem::timeout_error&) {
    w.expect(!handle.done(), "a task that has ended was not seen");
    if (w.one_in(2)) handle.cancel();
  } catch (const tridem::task_cancelled&) {
    w.expect(handle.cancelled(), "task_cancelled for a task that was not");
  }
}

task<> node(world& w, int depth, int* open) {
  node_mark mark(w, open);
  ++w.steps;
  if (depth == 0 || --w.nodes_left < 0) {
    co_await leaf(w);
    co_return;
  }
  if (w.one_in(25)) throw std::runtime_error("node");
  switch (w.below(8)) {
    case 0:
    case 1:
      co_await gather_some(w, depth - 1);
      break;
    case 2:
      co_await limit_one(w, depth - 1);
      break;
    case 3:
      co_await shield_one(w, depth - 1);
      break;
    case 4:
      co_await scope_one(w, depth - 1);
      break;
    case 5:
      co_await group_some(w, depth - 1);
      break;
    case 6:
      co_await own_one(w, depth - 1);
      break;
    default:
      co_await watch_one(w, depth - 1);
      break;
  }
  co_await leaf(w);
}

/// Keeps everything going, as peers and users do, so that no wait is without end. A timer and no
/// task, because it has to go on while the loop ends.
class heart {
 public:
  explicit heart(world& w) noexcept : w_(&w) {}
  void operator()() {
    constexpr int beats_max = 100'000;
    if (++w_->beats > beats_max) {
      std::fprintf(stderr, "seed %llu does not end\n", static_cast<unsigned long long>(w_->seed));
      std::abort();
    }
    w_->signal.set();
    if (w_->one_in(2)) w_->signal.clear();
    if (w_->one_in(2) && w_->items.try_put(std::make_unique<int>(1))) ++w_->items_put;
    if (w_->one_in(2) && w_->items.try_get()) ++w_->items_got;
    answer_operations();
    (void)tridem::event_loop::current().call_later(std::chrono::milliseconds(2), heart(*w_));
  }

 private:
  void answer_operations() {
    auto& driver = tridem::test::virtual_driver::current();
    driver.obeys_cancel = w_->one_in(2);
    while (!driver.held().empty() && w_->one_in(2)) {
      const bool good = w_->one_in(2);
      w_->answers_given += good ? 1 : 0;
      driver.complete(*driver.held().front(), good ? 1 : -EIO);
    }
  }

  world* w_;
};

task<> live(world& w) {
  heart beating(w);
  beating();
  auto first = tridem::create_task(node(w, 7, nullptr));
  if (w.one_in(3)) {
    co_await tridem::sleep(4 * w.some_ms());
    first.cancel();
  }
  try {
    co_await std::move(first);
  } catch (const std::exception&) {
    // Failures belong to the game.
  }
  // What was only watched goes on: sometimes to its own end, sometimes until the loop ends it.
  if (w.one_in(2)) co_return;
  while (w.nodes_open > 0) co_await tridem::sleep(std::chrono::milliseconds(5));
}

void check_what_is_left(world& w) {
  w.expect(w.nodes_open == 0, "a task outlived its loop");
  w.expect(!w.locks[0].is_locked() && !w.locks[1].is_locked(), "a lock was lost");
  w.expect(w.permits.available() == 2, "a permit was lost");
  while (w.items.try_get()) ++w.items_got;
  w.expect(w.items_put == w.items_got, "an item was lost, or came twice");
  w.expect(w.answers_given == w.answers_taken, "the answer to an operation was lost");
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What has happened in all worlds together: a test of nothing would pass too.
struct tally {
  int steps = 0;
  int waits_cut = 0;
  int timeouts = 0;
  int scopes_cut = 0;
  int items = 0;
  int answers = 0;

  void add(const world& w) noexcept {
    steps += w.steps;
    waits_cut += w.waits_cut;
    timeouts += w.timeouts;
    scopes_cut += w.scopes_cut;
    items += w.items_got;
    answers += w.answers_taken;
  }
};

std::uint64_t play(std::uint64_t seed, tally& total) {
  world w(seed);
  tridem::run(live(w));
  check_what_is_left(w);
  total.add(w);
  return w.random() ^ static_cast<std::uint64_t>(w.steps);
}

}  // namespace

TEST_CASE("nothing is lost and nothing is left, whatever is cancelled and when") {
  const std::uint64_t only = number_from("TRIDEM_SEED", 0);
  const std::uint64_t count = number_from("TRIDEM_SEEDS", 2000);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : count;
  tally total;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::uint64_t trace = play(seed, total);
    if (seed % 50 == 1)
      CHECK_MESSAGE(play(seed, total) == trace, "seed ", seed, " plays differently");
  }
  MESSAGE(total.steps, " tasks, ", total.waits_cut, " waits cut, ", total.timeouts, " timeouts, ",
          total.scopes_cut, " scopes cut, ", total.items, " items, ", total.answers, " answers");
  if (last - first < 1000) return;
  CHECK(total.steps > 10'000);
  CHECK(total.waits_cut > 1000);
  CHECK(total.timeouts > 100);
  CHECK(total.scopes_cut > 100);
  CHECK(total.items > 1000);
  CHECK(total.answers > 100);
}
