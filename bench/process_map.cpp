// SPDX-License-Identifier: MIT
// What does a map of a million ints on two worker processes cost?
#include "bench/support/repeat.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/run.hpp>

#include <numeric>
#include <vector>

namespace {

int add_one(int number) {
  return number + 1;
}

tridem::task<> measure() {
  tridem::process_pool pool{{.workers = 2}};
  std::vector<int> numbers(1'000'000);
  std::iota(numbers.begin(), numbers.end(), 0);
  // The workers are started by the first calls.
  co_await pool.map<&add_one>(numbers);
  bench::stopwatch watch;
  while (watch.next()) co_await pool.map<&add_one>(numbers);
  watch.report("tridem", "map on processes, 1000000 ints");
  co_await pool.shutdown();
}

}  // namespace

int main() {
  tridem::run(measure());
}
