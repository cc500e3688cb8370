// SPDX-License-Identifier: MIT
// What does it cost to hand much data to a worker process: copied, built there, shared?
#include "bench/support/repeat.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/run.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace {

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t page = 4096;

using bytes = std::vector<std::byte>;
using block = tridem::shared_array<std::byte>;

/// One byte of each page, so that all of it has come.
std::size_t look_at(std::span<const std::byte> data) {
  std::size_t sum = data.size();
  for (std::size_t i = 0; i < data.size(); i += page) sum += static_cast<std::size_t>(data[i]);
  return sum;
}
std::size_t look_at_vector(bytes data) {
  return look_at(data);
}
/// Only the ends: what is shared has not moved, and reading it is no part of handing it over.
std::size_t look_at_block(block data) {
  return static_cast<std::size_t>(data[0]) + static_cast<std::size_t>(data[data.size() - 1]);
}
bytes send_back(bytes data) {
  return data;
}
bytes vector_back(std::span<const std::byte> data) {
  return bytes(data.begin(), data.end());
}
block send_back_shared(std::span<const std::byte> data) {
  block shared(data.size());
  std::memcpy(shared.data(), data.data(), data.size());
  return shared;
}
int small(int value) {
  return value;
}

tridem::task<> measure_small(tridem::process_pool& pool, const char* question) {
  bench::stopwatch watch;
  while (watch.next()) co_await pool.submit<&small>(1);
  watch.report("tridem, nothing", question);
}

tridem::task<> measure_in(tridem::process_pool& pool, std::size_t size, const char* question) {
  const bytes data(size, std::byte{1});
  const std::span<const std::byte> view(data);
  bench::stopwatch of_view;
  while (of_view.next()) co_await pool.submit<&look_at>(view);
  of_view.report("tridem, span", question);

  bench::stopwatch of_vector;
  while (of_vector.next()) co_await pool.submit<&look_at_vector>(data);
  of_vector.report("tridem, vector", question);

  block shared(size);
  bench::stopwatch of_block;
  while (of_block.next()) co_await pool.submit<&look_at_block>(shared.share());
  of_block.report("tridem, shared_array", question);
}

tridem::task<> measure_there_and_back(tridem::process_pool& pool, std::size_t size,
                                      const char* question) {
  const bytes data(size, std::byte{1});
  bench::stopwatch of_vector;
  while (of_vector.next()) co_await pool.submit<&send_back>(data);
  of_vector.report("tridem, vector", question);

  const std::span<const std::byte> view(data);
  bench::stopwatch of_view;
  while (of_view.next()) co_await pool.submit<&vector_back>(view);
  of_view.report("tridem, span there, vector back", question);

  bench::stopwatch of_block;
  while (of_block.next()) co_await pool.submit<&send_back_shared>(view);
  of_block.report("tridem, span there, shared_array back", question);
}

tridem::task<> measure() {
  tridem::process_pool pool{{.workers = 1, .max_message = 2048 * mib}};
  co_await measure_small(pool, "data for a process, 1 MiB in");
  co_await measure_in(pool, mib, "data for a process, 1 MiB in");
  co_await measure_small(pool, "data for a process, 64 MiB in");
  co_await measure_in(pool, 64 * mib, "data for a process, 64 MiB in");
  co_await measure_there_and_back(pool, 1024 * mib, "data for a process, 1 GiB there and back");
  co_await pool.shutdown();
}

}  // namespace

int main() {
  tridem::run(measure());
}
