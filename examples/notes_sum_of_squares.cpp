// SPDX-License-Identifier: MIT
// Shows: work that burns the CPU, cut into parts for a pool of processes.
#include <tridem/tridem.hpp>

#include <cstdint>
#include <iostream>
#include <numeric>
#include <tuple>
#include <vector>

std::uint64_t sum_of_squares(std::uint64_t first, std::uint64_t last) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = first; i < last; ++i) sum += i * i;
  return sum;
}

tridem::task<> async_main() {
  constexpr std::uint64_t limit = 2'000'000;
  constexpr std::uint64_t part = 250'000;
  std::vector<std::tuple<std::uint64_t, std::uint64_t>> parts;
  for (std::uint64_t first = 0; first < limit; first += part)
    parts.emplace_back(first, first + part);
  tridem::process_pool pool;
  const auto sums = co_await pool.starmap<&sum_of_squares>(parts);
  std::cout << "parts:  " << std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}) << '\n';
  std::cout << "whole:  " << sum_of_squares(0, limit) << '\n';
  co_await pool.shutdown();
}

int main() {
  tridem::run(async_main());
}
