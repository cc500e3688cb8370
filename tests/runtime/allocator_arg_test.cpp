// SPDX-License-Identifier: MIT
// Frames that an allocator of the caller gives and takes back.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/allocator_arg.hpp>
#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/generator.hpp>
#include <tridem/runtime/sleep.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace tridem {
namespace {

struct counts {
  int allocations = 0;
  int live = 0;
  std::size_t bytes = 0;
  bool fails = false;
};

/// Has a state, so that it must be found again when the frame is freed.
template <class T>
struct counting_allocator {
  using value_type = T;
  explicit counting_allocator(counts& told) noexcept : seen(&told) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) noexcept : seen(other.seen) {}

  T* allocate(std::size_t count) {
    if (seen->fails) throw std::bad_alloc();
    ++seen->allocations;
    ++seen->live;
    seen->bytes += count * sizeof(T);
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* place, std::size_t count) noexcept {
    --seen->live;
    seen->bytes -= count * sizeof(T);
    std::allocator<T>().deallocate(place, count);
  }
  bool operator==(const counting_allocator&) const = default;

  counts* seen;
};
using bytes_from = counting_allocator<std::byte>;

task<int> adds(std::allocator_arg_t, bytes_from, int left, int right) {
  co_await yield();
  co_return left + right;
}
task<> stores(std::allocator_arg_t, const bytes_from&, int* into) {
  *into = 7;
  co_return;
}
task<std::string> throws(std::allocator_arg_t, bytes_from, const std::string& text) {
  co_await yield();
  throw std::runtime_error(text);
}

TRIDEM_TEST("a frame comes from the allocator and goes back to it") {
  counts seen;
  const bytes_from from(seen);
  {
    auto body = adds(std::allocator_arg, from, 3, 4);
    CHECK(seen.live == 1);
    CHECK(seen.bytes > 0);
    const int sum = co_await std::move(body);
    CHECK(sum == 7);
    CHECK(seen.live == 0);
    CHECK(seen.bytes == 0);
  }
  int stored = 0;
  co_await stores(std::allocator_arg, from, &stored);
  CHECK(stored == 7);
  {
    auto never_run = adds(std::allocator_arg, from, 1, 2);
  }
  CHECK(seen.allocations >= 1);
  CHECK(seen.live == 0);
}

TRIDEM_TEST("such a task is a task like any other") {
  counts seen;
  const bytes_from from(seen);
  auto [left, right] =
      co_await gather(adds(std::allocator_arg, from, 1, 2), adds(std::allocator_arg, from, 3, 4));
  CHECK(left + right == 10);
  auto handle = create_task(adds(std::allocator_arg, from, 5, 6), "child");
  const int sum = co_await std::move(handle);
  CHECK(sum == 11);
  std::exception_ptr error;
  try {
    co_await throws(std::allocator_arg, from, "inside");
  } catch (...) {
    error = std::current_exception();
  }
  CHECK(format_exception(error).find("throws(std::allocator_arg_t") != std::string::npos);
  error = nullptr;
  CHECK(seen.allocations == 4);
  CHECK(seen.live == 0);
}

struct parser {
  counts* seen;
  int base;

  task<int> parse(std::allocator_arg_t, bytes_from, int value) {
    co_await yield();
    co_return base + value;
  }
  task<int> parse_const(std::allocator_arg_t, bytes_from from, int value) const {
    const int inner = co_await adds(std::allocator_arg, from, base, value);
    co_return inner;
  }
};

TRIDEM_TEST("member functions and lambdas: behind the object") {
  counts seen;
  parser one{&seen, 10};
  int value = co_await one.parse(std::allocator_arg, bytes_from(seen), 5);
  CHECK(value == 15);
  value = co_await one.parse_const(std::allocator_arg, bytes_from(seen), 6);
  CHECK(value == 16);
  auto lambda = [&one](std::allocator_arg_t, bytes_from, int more) -> task<int> {
    co_await yield();
    co_return one.base + more;
  };
  value = co_await lambda(std::allocator_arg, bytes_from(seen), 7);
  CHECK(value == 17);
  CHECK(seen.allocations == 4);
  CHECK(seen.live == 0);
}

async_generator<int> counts_up(std::allocator_arg_t, bytes_from, int to) {
  for (int i = 0; i < to; ++i) {
    co_await yield();
    co_yield i;
  }
}
generator<int> counts_down(std::allocator_arg_t, bytes_from, int from) {
  for (int i = from; i > 0; --i) co_yield i;
}

TRIDEM_TEST("generators too") {
  counts seen;
  int sum = 0;
  {
    auto up = counts_up(std::allocator_arg, bytes_from(seen), 4);
    for (int* value = co_await up.next(); value != nullptr; value = co_await up.next()) {
      sum += *value;
    }
    for (const int value : counts_down(std::allocator_arg, bytes_from(seen), 3)) sum += value;
    CHECK(seen.allocations <= 2);  // clang may put such a frame into that of its caller
  }
  CHECK(sum == 12);
  CHECK(seen.live == 0);
}

task<int> in_arena(std::allocator_arg_t, std::pmr::polymorphic_allocator<> arena, int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await in_arena(std::allocator_arg, arena, depth - 1);
  co_return below + 1;
}

TRIDEM_TEST("an arena for a whole tree of calls") {
  alignas(16) std::array<std::byte, 32 * 1024> room;
  std::pmr::monotonic_buffer_resource arena(room.data(), room.size(),
                                            std::pmr::null_memory_resource());
  const int depth = co_await in_arena(std::allocator_arg, &arena, 50);
  CHECK(depth == 50);
}

task<int> without_state(std::allocator_arg_t, std::allocator<int>, int value) {
  co_return value;
}

TRIDEM_TEST("an allocator without a state takes no room") {
  const int value = co_await without_state(std::allocator_arg, {}, 4);
  CHECK(value == 4);
}

TRIDEM_TEST("no memory is an error of the call") {
  counts seen;
  seen.fails = true;
  CHECK_THROWS_AS((void)adds(std::allocator_arg, bytes_from(seen), 1, 2), std::bad_alloc);
  CHECK(seen.live == 0);
  co_return;
}

}  // namespace
}  // namespace tridem
