// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/priority_queue.hpp>
#include <tridem/runtime/sleep.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace {

TRIDEM_TEST("the greatest comes out first; with std::greater the smallest") {
  tridem::priority_queue<int> greatest(8);
  tridem::priority_queue<int, std::greater<int>> smallest(8);
  for (int i : {3, 1, 2}) {
    CHECK(greatest.try_put(i));
    CHECK(smallest.try_put(i));
  }
  CHECK(co_await greatest.get() == 3);
  CHECK(co_await smallest.get() == 1);
  CHECK(greatest.try_get() == 2);
  CHECK(smallest.try_get() == 2);
}

struct by_first {
  bool operator()(const auto& left, const auto& right) const { return left.first < right.first; }
};

TRIDEM_TEST("equal items keep their order") {
  tridem::priority_queue<std::pair<int, std::string>, by_first> jobs(8);
  for (const char* name : {"a", "b", "c", "d"}) CHECK(jobs.try_put({1, name}));
  CHECK(jobs.try_put({2, "urgent"}));
  std::string order;
  while (auto job = jobs.try_get()) order += job->second;
  CHECK(order == "urgentabcd");
  co_return;
}

TRIDEM_TEST("producers wait for room, and move-only items pass") {
  tridem::priority_queue<std::unique_ptr<int>,
                         decltype([](const auto& a, const auto& b) { return *a < *b; })>
      jobs(1);
  auto produce = [&]() -> tridem::task<> {
    for (int i = 0; i < 3; ++i) co_await jobs.put(std::make_unique<int>(i));
    jobs.close();
  };
  auto producing = tridem::create_task(produce);
  int sum = 0;
  for (;;) {
    auto item = co_await jobs.get();
    if (!item) break;
    sum += **item;
  }
  CHECK(sum == 3);
  co_await producing;
}

}  // namespace
