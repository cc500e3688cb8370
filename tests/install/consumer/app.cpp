// SPDX-License-Identifier: MIT
// A program outside the source tree: tasks, a thread and a worker process from the installed
// package.
#include <tridem/tridem.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

namespace {

int twice(int value) {
  return 2 * value;
}

tridem::task<int> later(int value) {
  co_await tridem::sleep(std::chrono::milliseconds(1));
  co_return value;
}

tridem::task<int> async_main() {
  auto [a, b] = co_await tridem::gather(later(1), later(2));
  const int from_thread = co_await tridem::to_thread(&twice, 4);
  tridem::process_pool pool{{.workers = 2}};
  const std::vector<int> numbers{3, 4, 5};
  const std::vector<int> doubled = co_await pool.map<&twice>(numbers);
  co_await pool.shutdown();
  co_return a + b + from_thread + doubled.at(0) + doubled.at(1) + doubled.at(2);
}

}  // namespace

int main() {
  const int sum = tridem::run(async_main());
  std::printf("%d\n", sum);
  return sum == 35 ? 0 : 1;
}
