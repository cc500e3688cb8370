// SPDX-License-Identifier: MIT
// What does a call into a thread cost, there and back: 1 to 10,000 under way at a
// time, and how long does one take among them?
#include "bench/support/windows.hpp"

#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>

#include <vector>

namespace {

[[gnu::noinline]] int job(int value) {
  return value + 1;
}

template <class Clock>
tridem::task<> keep_calling(tridem::thread_pool& pool, Clock& clock) {
  int value = 0;
  for (bool goes_on = true; goes_on;) {
    const auto begun = clock.begin();
    value = co_await pool.submit(job, value);
    goes_on = clock.goes_on(begun);
  }
}

template <class Clock>
tridem::task<> measure_with(tridem::thread_pool& pool, int window) {
  Clock clock;
  std::vector<tridem::task<>> callers;
  for (int i = 0; i < window; ++i) callers.push_back(keep_calling(pool, clock));
  co_await tridem::gather(std::move(callers));
  clock.report("tridem", "call into a thread", window);
}

tridem::task<> measure() {
  tridem::thread_pool pool{{.threads = 1}};
  for (const int window : bench::windows) {
    co_await measure_with<bench::call_clock>(pool, window);
  }
  for (const int window : bench::latency_windows) {
    co_await measure_with<bench::latency_clock>(pool, window);
  }
  co_await pool.shutdown();
}

}  // namespace

int main() {
  tridem::run(measure());
}
