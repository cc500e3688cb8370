// SPDX-License-Identifier: MIT
// process_pool::imap and imap_unordered: order, a bounded window, endless input, errors, deaths,
// and being dropped halfway.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <numeric>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

std::size_t length(const std::string& word) {
  return word.size();
}
int twice(int n) {
  return 2 * n;
}
int fail_at_two(int n) {
  if (n == 2) throw std::invalid_argument("two");
  return n;
}
int die_at_two(int n) {
  if (n == 2) ::raise(SIGKILL);
  return n;
}
bool is_odd(int n) {
  return n % 2 != 0;
}
void nothing(int) {}
/// The first item ends only when the second has been read.
struct gated {
  tridem::shared_array<int> gate;
  int number = 0;
};
int through_gate(gated item) {
  while (item.number == 0 && std::atomic_ref(item.gate[0]).load() == 0) ::usleep(100);
  return item.number;
}
int until_told(int n) {
  while (!tridem::cancel_requested()) ::usleep(100);
  return n;
}

}  // namespace

TRIDEM_TEST("process imap gives results in the order of its items, whatever the chunk") {
  tridem::process_pool pool{{.workers = 2}};
  const std::vector<std::string> words{"a", "bb", "ccc", "dddd", "eeeee"};
  for (const std::size_t chunk : {0, 1, 2, 5, 100}) {
    CAPTURE(chunk);
    auto sizes = pool.imap<&length>(words, {.chunk = chunk});
    std::vector<std::size_t> all;
    while (auto* size = co_await sizes.next()) all.push_back(*size);
    CHECK(all == std::vector<std::size_t>{1, 2, 3, 4, 5});
  }
  auto none = pool.imap<&twice>(std::vector<int>{});
  const int* first = co_await none.next();
  CHECK(first == nullptr);
  auto odd = pool.imap<&is_odd>(std::vector<int>{1, 2}, {.chunk = 2});
  const bool* of_one = co_await odd.next();
  CHECK((of_one != nullptr && *of_one));
  std::size_t ends = 0;
  auto of_nothing = pool.imap<&nothing>(std::vector<int>(7), {.chunk = 3});
  while (const auto* end = co_await of_nothing.next()) ends += end != nullptr;
  CHECK(ends == 7);
  co_await pool.shutdown();
}

TRIDEM_TEST("process imap takes no more of an endless input than it may have under way") {
  tridem::process_pool pool{{.workers = 2}};
  int taken = 0;
  auto numbers = std::views::iota(0) | std::views::transform([&taken](int n) {
                   ++taken;
                   return n;
                 });
  auto doubles = pool.imap<&twice>(numbers, {.chunk = 2, .in_flight = 3});
  CHECK(taken == 0);
  for (int i = 0; i < 40; ++i) {
    const int* next = co_await doubles.next();
    REQUIRE(next != nullptr);
    CHECK(*next == 2 * i);
    CHECK(taken <= i + 1 + 2 * 4);  // three chunks, and the rest of the one that is being read
  }
}

TRIDEM_TEST("process imap_unordered gives what is ready first") {
  tridem::process_pool pool{{.workers = 2}};
  tridem::shared_array<int> gate(1);
  std::vector<gated> items;
  for (int i = 0; i < 2; ++i) {
    gated item{gate.share(), i};
    items.push_back(std::move(item));
  }
  auto results = pool.imap_unordered<&through_gate>(std::move(items));
  const int* first = co_await results.next();
  REQUIRE(first != nullptr);
  CHECK(*first == 1);
  std::atomic_ref(gate[0]).store(1);
  const int* second = co_await results.next();
  REQUIRE(second != nullptr);
  CHECK(*second == 0);
  const int* third = co_await results.next();
  CHECK(third == nullptr);

  std::vector<int> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::set<int> seen;
  auto doubles = pool.imap_unordered<&twice>(numbers, {.chunk = 7});
  while (int* one = co_await doubles.next()) seen.insert(*one);
  CHECK(seen.size() == 1000);
  CHECK(*seen.rbegin() == 1998);
}

TRIDEM_TEST("process imap ends with the first error, at its place") {
  tridem::process_pool pool{{.workers = 1}};
  auto until_two = pool.imap<&fail_at_two>(std::views::iota(0));
  for (int i = 0; i < 2; ++i) {
    const int* next = co_await until_two.next();
    REQUIRE(next != nullptr);
    CHECK(*next == i);
  }
  CHECK_THROWS_WITH_AS(co_await until_two.next(), "two", std::invalid_argument);
  const int* after = co_await until_two.next();
  CHECK(after == nullptr);
}

TRIDEM_TEST("process imap says which worker died, and the pool goes on") {
  tridem::process_pool pool{{.workers = 1}};
  auto until_two = pool.imap<&die_at_two>(std::views::iota(0), {.in_flight = 1});
  for (int i = 0; i < 2; ++i) {
    const int* next = co_await until_two.next();
    REQUIRE(next != nullptr);
    CHECK(*next == i);
  }
  CHECK_THROWS_AS(co_await until_two.next(), tridem::worker_crashed);
  const int healthy = co_await pool.submit<&twice>(21);
  CHECK(healthy == 42);
}

TRIDEM_TEST("a process imap that is dropped halfway stops what is under way") {
  tridem::process_pool pool{{.workers = 2}};
  {
    auto endless = pool.imap_unordered<&until_told>(std::views::iota(0));
    // Started, and none will end by itself.
    auto first = tridem::create_task(endless.next());
    while (pool.stats().running < 2) co_await tridem::yield();
    first.cancel();
    CHECK_THROWS_AS(co_await first, tridem::task_cancelled);
  }
  while (pool.stats().running + pool.stats().queued > 0) co_await tridem::yield();
  co_await pool.shutdown();
}
