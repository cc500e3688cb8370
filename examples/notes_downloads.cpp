// SPDX-License-Identifier: MIT
// Shows: three downloads that wait at the same time, on one thread.
#include <tridem/tridem.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

tridem::task<std::string> download(std::string file, tridem::duration takes) {
  std::cout << "begin " << file << '\n';
  co_await tridem::sleep(takes);
  std::cout << "end " << file << '\n';
  co_return file + " done";
}

tridem::task<> async_main() {
  auto first = download("one.zip", 300ms);
  auto second = download("two.zip", 200ms);
  auto third = download("three.zip", 100ms);
  auto [a, b, c] = co_await tridem::gather(std::move(first), std::move(second), std::move(third));
  std::cout << a << ", " << b << ", " << c << '\n';
}

int main() {
  tridem::run(async_main());
}
