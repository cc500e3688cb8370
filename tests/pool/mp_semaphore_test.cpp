// SPDX-License-Identifier: MIT
// mp::semaphore: never more than so many, and permits of the dead come back.
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_array.hpp>
#include <tridem/pool/mp_semaphore.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// seen[0]: how many are inside; seen[1]: how often there were too many.
void enter(tridem::mp::semaphore places, tridem::mp::array<int> seen, int times) {
  for (int i = 0; i < times; ++i) {
    const auto permit = places.acquire_blocking();
    if (seen.fetch_add(0, 1) >= 2) seen.fetch_add(1, 1);
    seen.fetch_add(0, -1);
  }
}
void die_with_a_permit(tridem::mp::semaphore places) {
  const auto permit = places.acquire_blocking();
  ::raise(SIGKILL);
}
void acquire_and_give_back(tridem::mp::semaphore places) {
  const auto permit = places.acquire_blocking();
}

}  // namespace

TRIDEM_TEST("mp::semaphore: at most so many, over all processes") {
  tridem::process_pool pool{{.workers = 3}};
  const tridem::mp::semaphore places(2);
  const tridem::mp::array<int> seen(2);
  std::vector<tridem::task_handle<void>> calls;
  for (int i = 0; i < 3; ++i) {
    calls.push_back(tridem::create_task(pool.submit<&enter>(places, seen, 500)));
  }
  for (int i = 0; i < 500; ++i) {
    const auto permit = co_await places.acquire();
    if (seen.fetch_add(0, 1) >= 2) seen.fetch_add(1, 1);
    if (i % 50 == 0) co_await tridem::yield();
    seen.fetch_add(0, -1);
  }
  for (auto& call : calls) co_await call;
  CHECK(seen.load(1) == 0);
  CHECK(places.available() == 2);
  CHECK(places.lost_permits() == 0);
}

TRIDEM_TEST("mp::semaphore: permits are counted, moved, given back") {
  const tridem::mp::semaphore places(2);
  CHECK(places.permits() == 2);
  auto one = places.try_acquire();
  auto two = co_await places.acquire();
  CHECK(places.available() == 0);
  CHECK_FALSE(places.try_acquire());
  bool in_vain = false;
  try {
    (void)co_await tridem::wait_for(places.acquire(), 5ms);
  } catch (const tridem::timeout_error&) {
    in_vain = true;
  }
  CHECK(in_vain);
  auto moved = std::move(two);
  two.release();
  CHECK(places.available() == 0);
  moved.release();
  moved.release();
  CHECK(places.available() == 1);
  one.reset();
  CHECK(places.available() == 2);
}

TRIDEM_TEST("mp::semaphore: the permits of processes that were killed come back") {
  tridem::process_pool pool{{.workers = 1}};
  const tridem::mp::semaphore places(1);
  for (std::size_t i = 1; i <= 3; ++i) {
    bool crashed = false;
    try {
      co_await pool.submit<&die_with_a_permit>(places);
    } catch (const tridem::worker_crashed&) {
      crashed = true;
    }
    CHECK(crashed);
    // A task, then a worker: each of them finds out by itself.
    if (i == 1) {
      const auto permit = co_await places.acquire();
    } else {
      co_await pool.submit<&acquire_and_give_back>(places);
    }
    CHECK(places.lost_permits() == i);
  }
  CHECK(places.available() == 1);
}

TEST_CASE("mp::semaphore: impossible numbers are refused") {
  CHECK_THROWS_AS(tridem::mp::semaphore(0), std::length_error);
  CHECK_THROWS_AS(tridem::mp::semaphore(tridem::mp::semaphore::most_permits + 1),
                  std::length_error);
}
