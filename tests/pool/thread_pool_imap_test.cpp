// SPDX-License-Identifier: MIT
// thread_pool::imap: order, a bounded window, endless input, errors, and being dropped halfway.
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

using tridem::thread_pool;

TRIDEM_TEST("imap gives results in the order of its items") {
  thread_pool pool{{.threads = 3}};
  const std::vector<std::string> words{"a", "bb", "ccc", "dddd", "eeeee"};
  auto sizes = pool.imap([](const std::string& word) { return word.size(); }, words);
  std::vector<std::size_t> all;
  while (auto* size = co_await sizes.next()) all.push_back(*size);
  CHECK(all == std::vector<std::size_t>{1, 2, 3, 4, 5});
}

TRIDEM_TEST("imap takes no more of an endless input than it may have under way") {
  thread_pool pool{{.threads = 2}};
  std::atomic<int> taken{0};
  auto numbers = std::views::iota(0) | std::views::transform([&taken](int n) {
                   ++taken;
                   return n;
                 });
  const tridem::map_options three{.in_flight = 3};
  auto doubles = pool.imap([](int n) { return 2 * n; }, numbers, three);
  CHECK(taken == 0);
  for (int i = 0; i < 10; ++i) {
    const int* next = co_await doubles.next();
    REQUIRE(next != nullptr);
    CHECK(*next == 2 * i);
    CHECK(taken <= i + 3);
  }
}

TRIDEM_TEST("imap ends with the first error, at its place") {
  thread_pool pool{{.threads = 2}};
  auto until_two = pool.imap(
      [](int n) {
        if (n == 2) throw std::runtime_error("two");
        return n;
      },
      std::vector<int>{0, 1, 2, 3});
  for (int i = 0; i < 2; ++i) {
    const int* next = co_await until_two.next();
    REQUIRE(next != nullptr);
    CHECK(*next == i);
  }
  CHECK_THROWS_WITH_AS(co_await until_two.next(), "two", std::runtime_error);
  const int* after = co_await until_two.next();
  CHECK(after == nullptr);
}

TRIDEM_TEST("an imap that is dropped halfway leaves nothing") {
  using probe = tridem::test::lifetime_probe<struct in_imap>;
  probe::counts.reset();
  {
    thread_pool pool{{.threads = 2}};
    {
      std::vector<probe> items(10);
      auto same = pool.imap([](probe p) { return p; }, std::move(items));
      const probe* first = co_await same.next();
      CHECK(first != nullptr);
    }
    co_await pool.shutdown();
    co_await tridem::yield();
  }
  CHECK(probe::counts.live() == 0);
}
