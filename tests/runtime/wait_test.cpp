// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <list>
#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;

namespace {

tridem::task<int> value_after(tridem::duration delay, int value) {
  co_await tridem::sleep(delay);
  co_return value;
}

tridem::task<int> failure_after(tridem::duration delay) {
  co_await tridem::sleep(delay);
  throw std::runtime_error("failed");
}

std::vector<tridem::task_handle<int>> three_tasks() {
  std::vector<tridem::task_handle<int>> handles;
  handles.push_back(tridem::create_task(value_after(3s, 3)));
  handles.push_back(tridem::create_task(failure_after(2s)));
  handles.push_back(tridem::create_task(value_after(1s, 1)));
  return handles;
}

TRIDEM_TEST("wait returns when what was asked for has happened, and cancels nothing") {
  auto handles = three_tasks();
  auto first = co_await tridem::wait(handles, tridem::wait_for_what::first_completed);
  REQUIRE(first.done.size() == 1);
  CHECK(first.done[0].result() == 1);
  CHECK(first.pending.size() == 2);

  auto failed = co_await tridem::wait(handles, tridem::wait_for_what::first_exception);
  CHECK(failed.done.size() == 2);
  CHECK(failed.pending.size() == 1);

  auto all = co_await tridem::wait(handles);
  CHECK(all.done.size() == 3);
  CHECK(all.done[0].result() == 3);
  CHECK(all.done[1].exception() != nullptr);
}

TRIDEM_TEST("a wait that is cut short leaves the tasks alone") {
  auto handles = three_tasks();
  bool timed_out = false;
  try {
    co_await tridem::wait_for(tridem::wait(handles), 1500ms);
  } catch (const tridem::timeout_error&) {
    timed_out = true;
  }
  CHECK(timed_out);
  CHECK_FALSE(handles[0].done());
  CHECK(co_await handles[0] == 3);
  CHECK(handles[1].exception() != nullptr);
}

TRIDEM_TEST("as_completed gives tasks in the order in which they end") {
  std::vector<tridem::task_handle<int>> handles;
  for (int i = 1; i <= 3; ++i) handles.push_back(tridem::create_task(value_after((4 - i) * 1s, i)));
  auto ended = tridem::as_completed(handles);
  std::vector<int> order;
  for (;;) {
    auto* handle = co_await ended.next();
    if (handle == nullptr) break;
    order.push_back(co_await *handle);
  }
  CHECK(order == std::vector<int>{3, 2, 1});
}

TRIDEM_TEST("as_completed makes tasks of what else is awaitable") {
  std::list<tridem::task<int>> bodies;
  for (int i = 3; i > 0; --i) bodies.push_back(value_after(i * 1s, i));
  auto ended = tridem::as_completed(std::move(bodies));
  std::vector<int> order;
  while (auto* handle = co_await ended.next()) order.push_back(co_await *handle);
  CHECK(order == std::vector<int>{1, 2, 3});

  std::list<tridem::task_handle<int>> handles;
  for (auto& handle : three_tasks()) handles.push_front(handle);
  auto all = co_await tridem::wait(handles);
  CHECK(all.done.size() == 3);
  CHECK(all.done[0].result() == 1);
  CHECK(handles.size() == 3);
}

}  // namespace
