// SPDX-License-Identifier: MIT
// The words for time, and a clock that does not move while a turn lasts.
#include "tests/support/async_test.hpp"

#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/time.hpp>

#include <type_traits>

namespace tridem {
namespace {

using namespace std::chrono_literals;

static_assert(std::is_same_v<time_point::duration, duration>);
static_assert(clock::is_steady);
static_assert(never == time_point::max());

TRIDEM_TEST("now() is read once a turn and goes on with the loop") {
  const time_point before = now();
  CHECK(now() == before);
  co_await sleep(10s);
  CHECK(now() >= before + 10s);
  CHECK(event_loop::current().now() == now());
  CHECK(event_loop::current().fresh_now() >= now());
}

}  // namespace
}  // namespace tridem
