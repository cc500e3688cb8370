// SPDX-License-Identifier: MIT
// What the options of a thread pool do.
#include "pool/threads/cpu_choice.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <latch>
#include <pthread.h>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::string thread_name() {
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

}  // namespace

TEST_CASE("a pool has a thread for each usable CPU, unless told otherwise") {
  const tridem::thread_pool automatic;
  CHECK(automatic.size() >= 1);
  const tridem::thread_pool three{{.threads = 3}};
  CHECK(three.size() == 3);
}

TRIDEM_TEST("threads are started when work needs them") {
  tridem::thread_pool pool{{.threads = 3}};
  CHECK(pool.stats().threads == 0);
  co_await pool.submit([] {});
  CHECK(pool.stats().threads == 1);
}

TRIDEM_TEST("threads carry the name of their pool, as far as the system keeps it") {
  tridem::thread_pool resizers{{.threads = 1, .name = "resize"}};
  const std::string name = co_await resizers.submit(&thread_name);
  CHECK(name == "resize-1");
  tridem::thread_pool longer{{.threads = 1, .name = "a name that is too long"}};
  const std::string cut = co_await longer.submit(&thread_name);
  CHECK(cut == "a name that -1");
}

TRIDEM_TEST("urgent jobs go before the others that wait") {
  tridem::thread_pool pool{{.threads = 1}};
  std::latch begun(1);
  std::latch go(1);
  std::vector<int> order;
  std::vector<tridem::task_handle<void>> jobs;
  jobs.push_back(tridem::create_task(pool.submit([&] {
    begun.count_down();
    go.wait();
  })));
  co_await tridem::yield();
  begun.wait();
  for (int i = 0; i < 4; ++i) {
    const tridem::job_options how{.urgent = i >= 2};
    jobs.push_back(tridem::create_task(pool.with(how).submit([&order, i] { order.push_back(i); })));
  }
  co_await tridem::yield();
  CHECK(pool.stats().queued == 4);
  go.count_down();
  for (auto& job : jobs) co_await job;
  CHECK(order == std::vector<int>{2, 3, 0, 1});
}

TRIDEM_TEST("urgent jobs that wait are withdrawn, and refused at the end, like all") {
  std::latch begun(1);
  std::latch go(1);
  tridem::task_handle<void> running;
  tridem::task_handle<void> refused;
  {
    tridem::thread_pool pool{{.threads = 1}};
    running = tridem::create_task(pool.submit([&] {
      begun.count_down();
      go.wait();
    }));
    co_await tridem::yield();
    begun.wait();
    const tridem::job_options how{.urgent = true};
    auto withdrawn = tridem::create_task(pool.with(how).submit([] {}));
    refused = tridem::create_task(pool.with(how).submit([] {}));
    co_await tridem::yield();
    withdrawn.cancel();
    CHECK_THROWS_AS(co_await withdrawn, tridem::task_cancelled);
    CHECK(pool.stats().queued == 1);
    go.count_down();
    co_await pool.shutdown(tridem::shutdown_mode::cancel);
    const tridem::job_options late{.urgent = true};
    CHECK_THROWS_AS(co_await pool.with(late).submit([] {}), tridem::pool_closed);
  }
  co_await running;
  CHECK_THROWS_AS(co_await refused, tridem::pool_closed);
}

TRIDEM_TEST("threads run on the CPUs that were chosen, each on one where they are pinned") {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &allowed)) last = cpu;
  }
  tridem::thread_pool one{{.cpus = {last}}};
  CHECK(one.size() == 1);
  const int where = co_await one.submit(&sched_getcpu);
  CHECK(where == last);

  tridem::thread_pool pinned{{.threads = 1, .pin = true}};
  const int count = co_await pinned.submit([] {
    cpu_set_t mine;
    sched_getaffinity(0, sizeof mine, &mine);
    return CPU_COUNT(&mine);
  });
  CHECK(count == 1);
}

TEST_CASE("CPUs and NUMA nodes that do not exist are refused by name") {
  CHECK_THROWS_WITH_AS(tridem::thread_pool({.name = "far", .cpus = {CPU_SETSIZE + 1}}),
                       doctest::Contains("'far'"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(tridem::thread_pool({.numa_node = 9999}),
                       doctest::Contains("NUMA node 9999"), std::invalid_argument);
}

TEST_CASE("lists of CPUs as the kernel writes them") {
  CHECK(tridem::detail::parse_cpu_list("0-3,8,10-11\n") == std::vector<int>{0, 1, 2, 3, 8, 10, 11});
  CHECK(tridem::detail::parse_cpu_list("5") == std::vector<int>{5});
  CHECK(tridem::detail::parse_cpu_list("").empty());
}
