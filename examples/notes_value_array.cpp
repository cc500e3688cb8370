// SPDX-License-Identifier: MIT
// Shows: a child writes a value and an array; the parent sees them after join.
#include <tridem/tridem.hpp>

#include <iostream>
#include <numbers>

void fill(tridem::mp::value<double> number, tridem::mp::array<int> squares) {
  number.store(std::numbers::pi);
  const auto guard = squares.lock_blocking();
  for (std::size_t i = 0; i < guard.size(); ++i) guard[i] = static_cast<int>(i * i);
}

tridem::task<> async_main() {
  const tridem::mp::value<double> number(0.0);
  const tridem::mp::array<int> squares(10);
  auto child = tridem::process::start<&fill>(number, squares);
  co_await child.join();
  std::cout << number.load() << '\n';
  const auto guard = co_await squares.lock();
  for (const int each : guard) std::cout << each << ' ';
  std::cout << '\n';
}

int main() {
  tridem::run(async_main());
}
