// SPDX-License-Identifier: MIT
// What does a map on threads cost, beside the loop that one would write: a million tiny items, a
// thousand that take 100 us?
#include "bench/support/parallel_map.hpp"

#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/run.hpp>

#include <vector>

namespace {

tridem::task<> measure() {
  tridem::thread_pool pool{{.threads = bench::map_threads}};
  std::vector<float> tiny = bench::tiny_items();
  for (bench::map_clock clock(tiny.size()); clock.goes_on("tridem", "map, 1000000 tiny items");) {
    co_await pool.map([](float& item) { bench::tiny_job(item); }, tiny);
  }
  std::vector<unsigned> medium = bench::medium_items();
  for (bench::map_clock clock(medium.size());
       clock.goes_on("tridem", "map, 1000 items of 100 us");) {
    co_await pool.map([](unsigned& item) { bench::medium_job(item); }, medium);
  }
  for (bench::map_clock clock(tiny.size());
       clock.goes_on("tridem", "map with results, 1000000 tiny items");) {
    const std::vector<float> results =
        co_await pool.map([](float item) { return bench::tiny_result(item); }, tiny);
    bench::keep(results.data());
  }
  co_await pool.shutdown();
}

}  // namespace

int main() {
  tridem::run(measure());
}
