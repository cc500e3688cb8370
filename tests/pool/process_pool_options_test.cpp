// SPDX-License-Identifier: MIT
// The defaults of a process pool are those that its documentation promises.
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/process_pool_options.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <type_traits>

using namespace std::chrono_literals;

// They may stand as temporaries in a co_await expression of g++ 12.
static_assert(std::is_trivially_destructible_v<tridem::call_options>);
static_assert(std::is_trivially_destructible_v<tridem::process_pool::with_options>);

TEST_CASE("process_pool_options: defaults") {
  const tridem::process_pool_options options;
  CHECK(options.max_tasks_per_worker == 0);
  CHECK(options.task_timeout == 0s);
  CHECK(options.grace == 1s);
  CHECK(options.timeout_grace == 100ms);
  const tridem::call_options call;
  CHECK_FALSE(call.idempotent);
  CHECK(call.deadline == 0s);
  tridem::process_pool pool{{.workers = 3, .max_pending = 0}};
  CHECK(pool.size() == 3);
  CHECK(pool.options().max_pending == 1);
  CHECK(pool.stats().workers == 0);
}
