// SPDX-License-Identifier: MIT
// What does a call into a worker process cost, there and back: 1, 64, 1000 under way at a time?
#include "bench/support/windows.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>

#include <vector>

namespace {

int job(int value) {
  return value + 1;
}

tridem::task<> keep_calling(tridem::process_pool& pool, bench::call_clock& clock) {
  int value = 0;
  do {
    value = co_await pool.submit<&job>(value);
  } while (clock.goes_on());
}

tridem::task<> measure() {
  tridem::process_pool pool{{.workers = 1}};
  // The worker is started by the first call.
  co_await pool.submit<&job>(0);
  for (const int window : bench::windows) {
    bench::call_clock clock;
    std::vector<tridem::task<>> callers;
    for (int i = 0; i < window; ++i) callers.push_back(keep_calling(pool, clock));
    co_await tridem::gather(std::move(callers));
    clock.report("tridem", "call into a process", window);
  }
  co_await pool.shutdown();
}

}  // namespace

int main() {
  tridem::run(measure());
}
