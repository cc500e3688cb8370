// SPDX-License-Identifier: MIT
// Shows: the factorials of five numbers, each in a process of its own.
#include <tridem/tridem.hpp>

#include <cstdint>
#include <iostream>
#include <vector>

std::uint64_t factorial(unsigned n) {
  std::uint64_t product = 1;
  for (unsigned i = 2; i <= n; ++i) product *= i;
  return product;
}

tridem::task<> async_main() {
  std::vector<tridem::process> running;
  for (const unsigned n : {5u, 8u, 10u, 15u, 20u}) {
    running.push_back(tridem::process::start<&factorial>(n));
  }
  for (const auto& each : running) {
    std::cout << co_await each.join<std::uint64_t>() << '\n';
  }
}

int main() {
  tridem::run(async_main());
}
