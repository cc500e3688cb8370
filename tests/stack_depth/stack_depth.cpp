// SPDX-License-Identifier: MIT
// However many awaits, however deeply nested: the stack of the thread does not grow with them.
//
// Usage: stack_depth <divisor of the counts>. Built at -O0 and at -O2, because a compiler makes a
// symmetric transfer a tail call in some cases only, and run with a stack of 256 KiB as well.
#include "tests/support/idle_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace tridem::detail {

std::unique_ptr<driver> make_driver(const run_options&) {
  return std::make_unique<test::idle_driver>();
}

}  // namespace tridem::detail

namespace {

using tridem::task;

task<int> ready(int value) {
  co_return value;
}

task<std::int64_t> awaits_of_a_ready_task(int count) {
  std::int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await ready(1);
  co_return sum;
}

task<std::int64_t> gathered_at_once(int count) {
  std::vector<task<int>> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all.push_back(ready(1));
  const std::vector<int> values = co_await tridem::gather(std::move(all));
  std::int64_t sum = 0;
  for (const int value : values) sum += value;
  co_return sum;
}

task<std::int64_t> created_and_awaited(int count) {
  std::vector<tridem::task_handle<int>> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all.push_back(tridem::create_task(ready(1)));
  std::int64_t sum = 0;
  for (auto& one : all) sum += co_await one;
  co_return sum;
}

task<int> chain(int depth) {
  if (depth == 1) co_return 1;
  co_return co_await chain(depth - 1) + 1;
}

// The innermost waits, so that the way back begins in the loop.
task<int> waiting_chain(int depth) {
  if (depth == 1) {
    co_await tridem::yield();
    co_return 1;
  }
  co_return co_await waiting_chain(depth - 1) + 1;
}

task<int> failing_chain(int depth) {
  if (depth == 1) throw 1;
  co_return co_await failing_chain(depth - 1) + 1;
}

task<std::int64_t> caught_at_the_top(int depth) {
  try {
    co_return co_await failing_chain(depth);
  } catch (const int&) {
    co_return depth;
  }
}

task<int> nested_gathers(int depth) {
  if (depth == 1) co_return 1;
  auto [inner] = co_await tridem::gather(nested_gathers(depth - 1));
  co_return inner + 1;
}

task<int> nested_groups(int depth) {
  if (depth == 1) co_return 1;
  auto body = [depth](tridem::task_group&) { return nested_groups(depth - 1); };
  const int inner = co_await tridem::with_task_group(body);
  co_return inner + 1;
}

task<int> nested_limits(int depth) {
  if (depth == 1) co_return 1;
  const int inner =
      co_await tridem::wait_for(tridem::shield(nested_limits(depth - 1)), std::chrono::hours(1));
  co_return inner + 1;
}

// Cancelling reaches down through all scopes, and `cancelled` comes back up through all frames.
task<int> sleeping_gathers(int depth) {
  if (depth == 1) {
    co_await tridem::sleep(std::chrono::hours(1));
    co_return 1;
  }
  auto [inner] = co_await tridem::gather(sleeping_gathers(depth - 1));
  co_return inner + 1;
}

task<int> owned_sleepers(int depth) {
  if (depth == 1) {
    co_await tridem::sleep(std::chrono::hours(1));
    co_return 1;
  }
  auto inner = tridem::create_task(owned_sleepers(depth - 1));
  co_return co_await std::move(inner) + 1;
}

task<std::int64_t> cut_short(task<int> body, int depth) {
  try {
    co_return co_await tridem::wait_for(std::move(body), std::chrono::seconds(1));
  } catch (const tridem::timeout_error&) {
    co_return depth;
  }
}
task<std::int64_t> cancelled_gathers(int depth) {
  return cut_short(sleeping_gathers(depth), depth);
}
task<std::int64_t> cancelled_owners(int depth) {
  return cut_short(owned_sleepers(depth), depth);
}

template <class Body>
bool measure(const char* what, Body body, int count) {
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t reached = tridem::run(body(count));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-28s %9d  %8.1f ms  %7.1f ns each\n", what, count, took.count(),
              took.count() * 1e6 / count);
  std::fflush(stdout);
  if (reached == count) return true;
  std::fprintf(stderr, "%s: %lld came back, not %d\n", what, static_cast<long long>(reached),
               count);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const int divisor = argc > 1 ? std::atoi(argv[1]) : 1;
  const int million = 1'000'000 / divisor;
  bool good = measure("awaits of a ready task", awaits_of_a_ready_task, million);
  good &= measure("tasks gathered at once", gathered_at_once, million);
  good &= measure("tasks created and awaited", created_and_awaited, million);
  good &= measure("chain of tasks", chain, 100'000 / divisor);
  good &= measure("chain, waiting inside", waiting_chain, 100'000 / divisor);
  good &= measure("chain, failing inside", caught_at_the_top, 100'000 / divisor);
  good &= measure("gathers inside gathers", nested_gathers, 20'000 / divisor);
  good &= measure("groups inside groups", nested_groups, 20'000 / divisor);
  good &= measure("deadlines inside deadlines", nested_limits, 20'000 / divisor);
  good &= measure("gathers, cancelled", cancelled_gathers, 20'000 / divisor);
  good &= measure("tasks of tasks, cancelled", cancelled_owners, 20'000 / divisor);
  return good ? 0 : 1;
}
