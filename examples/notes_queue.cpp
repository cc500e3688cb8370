// SPDX-License-Identifier: MIT
// Shows: results that come back through a queue between processes, as soon as each is there.
#include <tridem/tridem.hpp>

#include <iostream>
#include <map>
#include <vector>

struct square {
  int of = 0;
  int value = 0;
};

void work(tridem::mp::queue<square> results, int number) {
  results.put_blocking({number, number * number});
}

tridem::task<> async_main() {
  const tridem::mp::queue<square> results(16);
  std::vector<tridem::process> running;
  for (int number = 1; number <= 5; ++number) {
    running.push_back(tridem::process::start<&work>(results, number));
  }
  std::map<int, int> squares;
  for (int i = 0; i < 5; ++i) {
    const auto next = co_await results.get();
    squares[next->of] = next->value;
  }
  for (const auto& each : running) co_await each.join();
  for (const auto& [number, value] : squares) std::cout << number << " -> " << value << '\n';
}

int main() {
  tridem::run(async_main());
}
