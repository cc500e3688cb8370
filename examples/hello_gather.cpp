// SPDX-License-Identifier: MIT
// Shows: waiting at once and computing in worker processes, in thirty lines.
#include <tridem/tridem.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

std::uint64_t sum_of_squares(std::uint64_t n) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < n; ++i) sum += i * i;
  return sum;
}

tridem::task<std::string> download(int i) {
  co_await tridem::sleep(2s);
  co_return "file " + std::to_string(i);
}

tridem::task<> async_main() {
  auto [a, b, c] = co_await tridem::gather(download(1), download(2), download(3));  // 2 s, not 6 s
  std::cout << a << ", " << b << ", " << c << '\n';

  tridem::process_pool pool{{.workers = 4}};
  std::vector<std::uint64_t> ns{10'000'000, 20'000'000};
  auto sums = co_await pool.map<&sum_of_squares>(ns);
  for (std::uint64_t sum : sums) std::cout << sum << '\n';

  // The call is stopped, in its worker, when it takes longer than this.
  auto timed = co_await tridem::wait_for(pool.submit<&sum_of_squares>(40'000'000), 5s);
  std::cout << timed << '\n';
  co_await pool.shutdown();
}

int main() {
  tridem::run(async_main());
}
