// SPDX-License-Identifier: MIT
// The inner nodes of the trees of the cancellation property test: all that runs others and stops
// them.
#pragma once

#include "tests/runtime/cancellation_property_leaf.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait.hpp>
#include <tridem/runtime/with.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tridem::test::property {

inline task<> node(world& w, int depth, int* open);

inline std::vector<task<>> some_nodes(world& w, int depth, int* open) {
  std::vector<task<>> nodes;
  for (int i = 1 + w.below(4); i > 0; --i) nodes.push_back(node(w, depth, open));
  return nodes;
}

inline task<> gather_some(world& w, int depth) {
  all_ended_check check(w, "a gather ended before its children");
  auto nodes = some_nodes(w, depth, &check.open);
  const int how = w.below(4);
  if (how == 0) {
    co_await tridem::gather(std::move(nodes));
  } else if (how == 1) {
    auto outcomes = co_await tridem::gather_settled(std::move(nodes));
    for (const auto& one : outcomes) {
      w.expect(!tridem::detail::is_cancelled_exception(one.exception()),
               "gather_settled gave `cancelled` as an outcome");
    }
  } else if (how == 2) {
    co_await tridem::race(std::move(nodes));
  } else {
    const auto finished = co_await tridem::race_settled(std::move(nodes));
    w.expect(std::ranges::any_of(finished, [](const auto& one) { return one.has_value(); }),
             "race_settled ended without a winner");
  }
}

inline task<> limit_one(world& w, int depth) {
  all_ended_check check(w, "wait_for ended before what it awaits");
  auto inner = node(w, depth, &check.open);
  const auto span = w.some_ms();
  try {
    co_await tridem::wait_for(std::move(inner), span);
  } catch (const tridem::timeout_error&) {
    ++w.seen.timeouts;
    w.expect(!tridem::this_task::cancel_requested(), "an outer cancellation beats a timeout");
  }
}

inline task<> shield_one(world& w, int depth) {
  all_ended_check check(w, "shield ended before what it awaits");
  auto inner = node(w, depth, &check.open);
  co_await tridem::shield(std::move(inner));
}

struct timer_guard {
  ~timer_guard() { timer.cancel(); }
  tridem::timer_handle timer;
};

inline task<> scope_one(world& w, int depth) {
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
  if (!whole) ++w.seen.scopes_cut;
  w.expect(whole || told, "a scope that nobody cancelled was cut");
  w.expect(whole || !tridem::this_task::cancel_requested(),
           "a scope absorbed what came from outside");
}

inline task<> group_some(world& w, int depth) {
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
inline task<> own_one(world& w, int depth) {
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
inline task<> quiet(world& w, int depth) {
  try {
    co_await node(w, depth, nullptr);
  } catch (const std::exception&) {
  }
}

inline task<> watch_some(world& w, int depth) {
  std::vector<tridem::task_handle<>> handles;
  for (int i = 1 + w.below(3); i > 0; --i) {
    handles.push_back(tridem::create_task(quiet(w, depth)));
  }
  const std::size_t count = handles.size();
  if (w.one_in(2)) {
    auto ended = co_await tridem::wait(handles, tridem::wait_for_what::first_completed);
    w.expect(!ended.done.empty(), "wait ended before any task");
    w.expect(ended.done.size() + ended.pending.size() == count, "wait lost a handle");
    for (auto& one : ended.pending) one.cancel();
    co_return;
  }
  auto in_order = tridem::as_completed(handles);
  for (std::size_t left = count; left > 0; --left) {
    auto* one = co_await in_order.next();
    w.expect(one != nullptr && one->done(), "as_completed gave a task that runs");
    if (w.one_in(5)) co_return;
  }
}

/// What has to be closed, by an await, on every way out.
class connection {
 public:
  explicit connection(world& w) noexcept : w_(&w) { ++w.connections_opened; }
  task<> close() {
    co_await pause(*w_);
    ++w_->connections_closed;
  }

 private:
  world* w_;
};

inline task<> use_connection(world& w, int depth) {
  all_ended_check check(w, "with ended before its body");
  auto body = [&](connection&) { return node(w, depth, &check.open); };
  connection opened(w);
  co_await tridem::with(std::move(opened), body);
}

inline task<> watch_one(world& w, int depth) {
  auto handle = tridem::create_task(quiet(w, depth));
  const auto span = w.some_ms();
  try {
    co_await tridem::wait_for(handle, span);
  } catch (const tridem::timeout_error&) {
    // One that was cancelled in the same turn has no result that could come first.
    w.expect(!handle.done() || handle.cancelled(), "a task that has ended was not seen");
    if (w.one_in(2)) handle.cancel();
  } catch (const tridem::task_cancelled&) {
    w.expect(handle.cancelled(), "task_cancelled for a task that was not");
  }
}

inline task<> node(world& w, int depth, int* open) {
  node_mark mark(w, open);
  ++w.seen.steps;
  if (depth == 0 || --w.nodes_left < 0) {
    co_await leaf(w);
    co_return;
  }
  if (w.one_in(25)) throw std::runtime_error("node");
  switch (w.below(10)) {
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
    case 7:
      co_await watch_some(w, depth - 1);
      break;
    case 8:
      co_await use_connection(w, depth - 1);
      break;
    default:
      co_await watch_one(w, depth - 1);
      break;
  }
  co_await leaf(w);
}

}  // namespace tridem::test::property
