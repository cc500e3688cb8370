// SPDX-License-Identifier: MIT
// Shows: workers fill parts of one array in place; nothing is copied between the processes.
#include <tridem/tridem.hpp>

#include <algorithm>
#include <iostream>
#include <numeric>
#include <tuple>
#include <vector>

constexpr std::size_t size = 1'000'000;
constexpr std::size_t parts = 4;

void fill_part(tridem::shared_array<float> samples, std::size_t part) {
  const std::size_t length = samples.size() / parts;
  const auto mine = samples.span().subspan(part * length, length);
  std::ranges::fill(mine, static_cast<float>(part + 1));
}

tridem::task<> async_main() {
  tridem::process_pool pool{{.workers = parts}};
  tridem::shared_array<float> samples(size);
  std::vector<tridem::task_handle<void>> calls;
  for (std::size_t part = 0; part < parts; ++part) {
    calls.push_back(tridem::create_task(pool.submit<&fill_part>(samples, part)));
  }
  for (auto& call : calls) co_await call;
  std::cout << samples.size() * sizeof(float) << " bytes, sum "
            << std::accumulate(samples.begin(), samples.end(), 0.0) << '\n';
  co_await pool.shutdown();
}

int main() {
  tridem::run(async_main());
}
