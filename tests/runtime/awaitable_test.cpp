// SPDX-License-Identifier: MIT
// Which types can be awaited, and what they give.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <memory>
#include <type_traits>

namespace tridem {
namespace {

struct plain_awaiter {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  int await_resume() const noexcept { return 7; }
};
struct not_awaitable {};

static_assert(awaitable<task<int>>);
static_assert(awaitable<task_handle<int>>);
static_assert(awaitable<task_handle<int>&>);
static_assert(awaitable<sleep_awaitable>);
static_assert(awaitable<plain_awaiter>);
static_assert(!awaitable<not_awaitable>);
static_assert(!awaitable<int>);
static_assert(std::is_same_v<awaited_t<task<int>>, int>);
static_assert(std::is_same_v<awaited_t<task<>>, void>);
static_assert(std::is_same_v<awaited_t<task<int&>>, int&>);
static_assert(std::is_same_v<awaited_t<task_handle<int>&>, int&>);
static_assert(std::is_same_v<awaited_t<task_handle<int>>, int>);
static_assert(std::is_same_v<awaited_t<plain_awaiter>, int>);

TRIDEM_TEST("a foreign awaiter is awaited like one of ours") {
  const int direct = co_await plain_awaiter{};
  CHECK(direct == 7);
  const int as_a_task = co_await detail::as_task(plain_awaiter{});
  CHECK(as_a_task == 7);
}

task<std::unique_ptr<int>> make_unique_number() {
  co_return std::make_unique<int>(5);
}

TRIDEM_TEST("as_task passes a task through, and watches an lvalue handle") {
  auto number = co_await detail::as_task(make_unique_number());
  CHECK(*number == 5);
  auto handle = create_task(make_unique_number());
  std::unique_ptr<int>& watched = co_await detail::as_task(handle);
  CHECK(*watched == 5);
  CHECK(handle.done());
}

}  // namespace
}  // namespace tridem
