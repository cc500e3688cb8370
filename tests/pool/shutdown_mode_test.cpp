// SPDX-License-Identifier: MIT
// The two kinds of pool end by the same words. What each does: thread_pool_end_test.cpp and
// process_pool_workers_test.cpp.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shutdown_mode.hpp>
#include <tridem/pool/thread_pool.hpp>

#include <doctest/doctest.h>

using tridem::shutdown_mode;

TRIDEM_TEST("both kinds of pool are shut down in every mode") {
  for (const shutdown_mode mode :
       {shutdown_mode::drain, shutdown_mode::cancel, shutdown_mode::kill}) {
    tridem::thread_pool threads{{.threads = 1}};
    co_await threads.submit([] {});
    co_await threads.shutdown(mode);
    CHECK(threads.stats().threads == 0);
    tridem::process_pool processes{{.workers = 1}};
    co_await processes.shutdown(mode);
    CHECK(processes.stats().workers == 0);
  }
}
