// SPDX-License-Identifier: MIT
// The parallel maps by oneTBB: parallel_for over blocked ranges, which it divides as it finds best.
#include "bench/support/parallel_map.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>

namespace {

namespace tbb = oneapi::tbb;
using span = tbb::blocked_range<std::size_t>;

template <class Item, class Job>
void measure(const char* question, std::vector<Item> items, Job job) {
  for (bench::map_clock clock(items.size()); clock.goes_on("oneTBB", question);) {
    tbb::parallel_for(span(0, items.size()), [&](const span& range) {
      for (std::size_t i = range.begin(); i != range.end(); ++i) job(items[i]);
    });
  }
}

}  // namespace

int main() {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, bench::map_threads);
  measure("map, 1000000 tiny items", bench::tiny_items(),
          [](float& item) { bench::tiny_job(item); });
  measure("map, 1000 items of 100 us", bench::medium_items(),
          [](unsigned& item) { bench::medium_job(item); });
  const std::vector<float> input = bench::tiny_items();
  for (bench::map_clock clock(input.size());
       clock.goes_on("oneTBB", "map with results, 1000000 tiny items");) {
    std::vector<float> results(input.size());
    tbb::parallel_for(span(0, input.size()), [&](const span& range) {
      for (std::size_t i = range.begin(); i != range.end(); ++i) {
        results[i] = bench::tiny_result(input[i]);
      }
    });
    bench::keep(results.data());
  }
}
