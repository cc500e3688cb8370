// SPDX-License-Identifier: MIT
// semaphore: at most so many at once, and a permit is never lost.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <algorithm>
#include <vector>

namespace tridem {
namespace {

using namespace std::chrono_literals;

task<> use(semaphore* permits, int* inside, int* most) {
  const auto permit = co_await permits->acquire();
  *most = std::max(*most, ++*inside);
  co_await sleep(1s);
  --*inside;
}

TRIDEM_TEST("at most so many at once, and all get their turn") {
  semaphore permits(3);
  int inside = 0;
  int most = 0;
  std::vector<task<>> users;
  for (int i = 0; i < 10; ++i) users.push_back(use(&permits, &inside, &most));
  const time_point start = now();
  co_await gather(std::move(users));
  CHECK(most == 3);
  CHECK(permits.available() == 3);
  CHECK(now() - start >= 4s);
  CHECK(now() - start < 5s);
}

TRIDEM_TEST("try_acquire, release by hand, more than at the start") {
  semaphore permits(1);
  CHECK(permits.try_acquire());
  CHECK_FALSE(permits.try_acquire());
  permits.release();
  permits.release();
  CHECK(permits.available() == 2);
  auto permit = co_await permits.acquire();
  permit.release();
  permit.release();
  CHECK(permits.available() == 2);
}

TRIDEM_TEST("a cancelled waiter takes no permit") {
  semaphore permits(0);
  const std::string text = co_await test::text_of<timeout_error>(wait_for(permits.acquire(), 1s));
  CHECK(text != "nothing was thrown");
  permits.release();
  CHECK(permits.available() == 1);
}

}  // namespace
}  // namespace tridem
