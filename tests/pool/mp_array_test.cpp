// SPDX-License-Identifier: MIT
// mp::array: elements shared, with one lock or with none.
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_array.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace {

void rotate(tridem::mp::array<int> elements, int times) {
  for (int i = 0; i < times; ++i) {
    const auto guard = elements.lock_blocking();
    std::ranges::rotate(guard, guard.begin() + 1);
  }
}
void count(tridem::mp::array<long> bins, int times) {
  for (int i = 0; i < times; ++i) bins.fetch_add(static_cast<std::size_t>(i) % bins.size(), 1);
}

}  // namespace

TRIDEM_TEST("mp::array: changes under the lock are whole") {
  tridem::process_pool pool{{.workers = 2}};
  std::vector<int> numbers(101);
  std::iota(numbers.begin(), numbers.end(), 0);
  const tridem::mp::array<int> elements{std::span<const int>(numbers)};
  auto one = tridem::create_task(pool.submit<&rotate>(elements, 300));
  auto other = tridem::create_task(pool.submit<&rotate>(elements, 300));
  co_await one;
  co_await other;
  const auto guard = co_await elements.lock();
  CHECK(guard.size() == 101);
  std::ranges::rotate(numbers, numbers.begin() + 600 % 101);
  CHECK(std::ranges::equal(guard.span(), numbers));
}

TRIDEM_TEST("mp::array: elements can be changed without the lock") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::array<long> bins(10);
  CHECK(bins.load(9) == 0);
  auto one = tridem::create_task(pool.submit<&count>(bins, 10'000));
  auto other = tridem::create_task(pool.submit<&count>(bins, 10'000));
  co_await one;
  co_await other;
  for (std::size_t i = 0; i < 10; ++i) CHECK(bins.load(i) == 2000);
  bins.store(3, 1);
  CHECK(bins.load(3) == 1);
}

TRIDEM_TEST("mp::array: an empty one, one that is too large") {
  const tridem::mp::array<int> none(0);
  const auto guard = co_await none.lock();
  CHECK(guard.size() == 0);
  CHECK_THROWS_AS(tridem::mp::array<int>(static_cast<std::size_t>(-1)), std::bad_array_new_length);
}
