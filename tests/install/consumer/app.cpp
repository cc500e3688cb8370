// SPDX-License-Identifier: MIT
// A program outside the source tree: tasks and time, from the installed package.
#include <tridem/tridem.hpp>

#include <chrono>
#include <cstdio>

namespace {

tridem::task<int> later(int value) {
  co_await tridem::sleep(std::chrono::milliseconds(1));
  co_return value;
}

tridem::task<int> async_main() {
  auto [a, b] = co_await tridem::gather(later(20), later(22));
  co_return a + b;
}

}  // namespace

int main() {
  const int sum = tridem::run(async_main());
  std::printf("%d\n", sum);
  return sum == 42 ? 0 : 1;
}
