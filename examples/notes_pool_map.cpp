// SPDX-License-Identifier: MIT
// Shows: one function over a hundred items, in four processes; the results keep the order.
#include <tridem/tridem.hpp>

#include <iostream>
#include <numeric>
#include <vector>

int cube(int n) {
  return n * n * n;
}

tridem::task<> async_main() {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 1);
  tridem::process_pool pool{{.workers = 4}};
  const auto cubes = co_await pool.map<&cube>(items);
  std::cout << cubes.front() << " ... " << cubes.back() << ", " << cubes.size() << " results, sum "
            << std::accumulate(cubes.begin(), cubes.end(), 0) << '\n';
  co_await pool.shutdown();
}

int main() {
  tridem::run(async_main());
}
