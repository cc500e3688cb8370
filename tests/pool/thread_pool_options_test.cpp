// SPDX-License-Identifier: MIT
// What the options of a thread pool do.
#include "tests/support/async_test.hpp"

#include <tridem/pool/thread_pool.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <pthread.h>
#include <string>

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
