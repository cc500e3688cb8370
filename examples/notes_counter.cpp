// SPDX-License-Identifier: MIT
// Shows: four processes and the parent count together; the lock keeps every step.
#include <tridem/tridem.hpp>

#include <iostream>
#include <vector>

constexpr int steps = 5000;

void count(tridem::mp::value<int> counter) {
  for (int i = 0; i < steps; ++i) {
    const auto guard = counter.lock_blocking();
    *guard = *guard + 1;
  }
}

tridem::task<> async_main() {
  const tridem::mp::value<int> counter(0);
  std::vector<tridem::process> running;
  for (int i = 0; i < 4; ++i) running.push_back(tridem::process::start<&count>(counter));
  for (int i = 0; i < steps; ++i) {
    const auto guard = co_await counter.lock();
    *guard = *guard + 1;
  }
  for (const auto& each : running) co_await each.join();
  std::cout << "counted to " << counter.load() << '\n';
}

int main() {
  tridem::run(async_main());
}
