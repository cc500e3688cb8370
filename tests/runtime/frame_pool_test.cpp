// SPDX-License-Identifier: MIT
// Freed frames: kept while a loop is likely to want them again, given back when it is idle.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>

#include <array>

namespace tridem {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kept_at_rest = 64 * 1024 * 1024;
constexpr std::size_t kept_by_loop = 1024 * 1024 * 1024;

/// Nothing is kept under a sanitizer and in debug mode.
std::size_t kept_bytes() {
  const std::size_t room = detail::frames_of_this_thread.room;
  return room == 0 ? 0 : kept_by_loop - room;
}

task<> wait_with_a_large_frame(event& over) {
  std::array<std::byte, 1600> part_of_the_frame;
  co_await over.wait();
  asm volatile("" : : "r"(part_of_the_frame.data()) : "memory");
}

task<> burst(int count) {
  event over;
  auto body = [&](task_group& group) -> task<> {
    for (int i = 0; i < count; ++i) group.create_task(wait_with_a_large_frame(over));
    co_await yield();
    over.set();
  };
  co_await with_task_group(body);
}

TRIDEM_TEST(
    "after a burst the loop keeps the frames for the next one, and gives them back when idle") {
  constexpr int count = 80'000;  // 150 MB
  co_await burst(10);
  if (detail::frames_of_this_thread.room == 0) co_return;
  co_await burst(count);
  CHECK(kept_bytes() > 2 * kept_at_rest);
  co_await burst(count);
  CHECK(kept_bytes() > 2 * kept_at_rest);

  // Bit by bit: a loop that is given something to do meanwhile does that first.
  co_await sleep(1us);
  CHECK(kept_bytes() > kept_at_rest);
  co_await sleep(10min);
  CHECK(kept_bytes() <= kept_at_rest);
}

TEST_CASE("a thread whose loop has ended keeps little") {
  run(burst(80'000));
  const std::size_t room = detail::frames_of_this_thread.room;
  CHECK(room <= kept_at_rest);
  run(burst(10));
  CHECK(detail::frames_of_this_thread.room <= kept_at_rest);
}

}  // namespace
}  // namespace tridem
