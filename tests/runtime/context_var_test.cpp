// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/context_var.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <string>

namespace {

tridem::context_var<std::string> request_id("none");
tridem::context_var<int> depth;

tridem::task<std::string> read_after_yield() {
  co_await tridem::yield();
  co_return request_id.get();
}

tridem::task<std::string> set_and_read(std::string id) {
  request_id.set(id);
  co_await tridem::yield();
  co_return request_id.get();
}

TEST_CASE("outside a task only the default is seen") {
  CHECK(request_id.get() == "none");
  CHECK(depth.get() == 0);
}

TRIDEM_TEST("a child sees what its parent had set when it started it") {
  request_id.set("r1");
  auto early = tridem::create_task(read_after_yield());
  request_id.set("r2");
  CHECK(co_await early == "r1");
  auto [late] = co_await tridem::gather(read_after_yield());
  CHECK(late == "r2");
}

TRIDEM_TEST("what a child sets is its own") {
  request_id.set("parent");
  auto [a, b] = co_await tridem::gather(set_and_read("a"), set_and_read("b"));
  CHECK(a == "a");
  CHECK(b == "b");
  CHECK(request_id.get() == "parent");
  // A task that is awaited, not spawned, runs in this one.
  co_await set_and_read("same");
  CHECK(request_id.get() == "same");
}

TRIDEM_TEST("reset takes a set back, and variables do not disturb each other") {
  auto before = request_id.set("one");
  depth.set(1);
  auto inner = request_id.set("two");
  depth.set(2);
  request_id.reset(inner);
  CHECK(request_id.get() == "one");
  CHECK(depth.get() == 2);
  request_id.reset(before);
  CHECK(request_id.get() == "none");
  co_return;
}

TRIDEM_TEST("setting again and again keeps one value") {
  for (int i = 0; i < 100'000; ++i) depth.set(i);
  CHECK(depth.get() == 99'999);
  co_return;
}

}  // namespace
