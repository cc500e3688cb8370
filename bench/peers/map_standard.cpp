// SPDX-License-Identifier: MIT
// The parallel maps by what every C++ programmer has: a serial loop, and std::async.
#include "bench/support/parallel_map.hpp"

#include <future>

namespace {

template <class Item, class Job>
void serially(std::vector<Item>& items, std::size_t first, std::size_t last, Job job) {
  for (std::size_t i = first; i != last; ++i) job(items[i]);
}

template <class Item, class Job>
void measure(const char* question, std::vector<Item> items, Job job) {
  const std::size_t count = items.size();
  for (bench::map_clock clock(count); clock.goes_on("serial loop", question);) {
    serially(items, 0, count, job);
    bench::keep(items.data());
  }
  // One share for each thread: the most that std::async does by itself.
  for (bench::map_clock clock(count); clock.goes_on("std::async", question);) {
    std::vector<std::future<void>> shares;
    for (std::size_t i = 0; i < bench::map_threads; ++i) {
      shares.push_back(std::async(std::launch::async, [&, i] {
        serially(items, count * i / bench::map_threads, count * (i + 1) / bench::map_threads, job);
      }));
    }
    for (auto& share : shares) share.get();
  }
}

}  // namespace

int main() {
  measure("map, 1000000 tiny items", bench::tiny_items(),
          [](float& item) { bench::tiny_job(item); });
  measure("map, 1000 items of 100 us", bench::medium_items(),
          [](unsigned& item) { bench::medium_job(item); });
  const std::vector<float> input = bench::tiny_items();
  for (bench::map_clock clock(input.size());
       clock.goes_on("serial loop", "map with results, 1000000 tiny items");) {
    std::vector<float> results(input.size());
    for (std::size_t i = 0; i < input.size(); ++i) results[i] = bench::tiny_result(input[i]);
    bench::keep(results.data());
  }
}
