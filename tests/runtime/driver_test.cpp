// SPDX-License-Identifier: MIT
// The seam, seen from the driver: what a loop hands down and takes back. Real drivers:
// tests/io/conformance*.
#include "tests/support/raw_driver.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <type_traits>

namespace tridem {
namespace {

using namespace std::chrono_literals;

static_assert(std::is_abstract_v<driver>);
static_assert(!std::is_copy_constructible_v<driver>);
static_assert(std::has_virtual_destructor_v<driver>);

/// Counts turns and remembers the deadlines it was given.
struct counting_driver final : driver {
  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override {
    ++turns;
    last_deadline = deadline;
    inner.turn(submitted, completed, deadline);
  }
  void wake() noexcept override { inner.wake(); }
  time_point now() const noexcept override { return inner.now(); }
  const char* name() const noexcept override { return "counting"; }
  test::virtual_driver inner;
  int turns = 0;
  time_point last_deadline{};
};

TEST_CASE("a loop asks its driver once a turn, and for no longer than its next timer") {
  auto owned = std::make_unique<counting_driver>();
  counting_driver& seen = *owned;
  event_loop loop(std::move(owned));
  CHECK(std::string(loop.driver_name()) == "counting");
  const time_point start = loop.fresh_now();
  bool fired = false;
  (void)loop.call_later(5s, [&] { fired = true; });
  loop.turn();
  CHECK(seen.turns >= 1);
  CHECK(seen.last_deadline >= start);
  CHECK(seen.last_deadline <= start + 6s);
  loop.run_until(fired);
  CHECK(loop.fresh_now() - start >= 5s);
  CHECK(seen.turns < 20);
}

}  // namespace
}  // namespace tridem
