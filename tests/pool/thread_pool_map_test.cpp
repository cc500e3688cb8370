// SPDX-License-Identifier: MIT
// thread_pool::map: order, chunks, any range, the first error, cancellation.
#include "tests/support/async_test.hpp"

#include <tridem/pool/detail/chunk_pace.hpp>
#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <list>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using tridem::thread_pool;

TRIDEM_TEST("map keeps the order of its input, whatever the chunks") {
  thread_pool pool{{.threads = 3}};
  std::vector<int> input(1000);
  std::iota(input.begin(), input.end(), 0);
  for (const std::size_t chunk : {0, 1, 7, 1000, 5000}) {
    const tridem::map_options options{.chunk = chunk};
    const std::vector<int> squares = co_await pool.map([](int x) { return x * x; }, input, options);
    REQUIRE(squares.size() == 1000);
    for (std::size_t i = 0; i < 1000; ++i) REQUIRE(squares[i] == static_cast<int>(i * i));
  }
}

TRIDEM_TEST("map takes any range, and functions that give nothing or bool") {
  thread_pool pool{{.threads = 2}};
  std::vector<int> in_place{1, 2, 3};
  co_await pool.map([](int& x) { x *= 10; }, in_place);
  CHECK(in_place == std::vector<int>{10, 20, 30});

  std::list<std::string> words{"a", "bb", "ccc"};
  const std::vector<bool> is_long =
      co_await pool.map([](const std::string& w) { return w.size() > 1; }, words);
  CHECK(is_long == std::vector<bool>{false, true, true});

  std::vector<std::unique_ptr<int>> owners;
  owners.push_back(std::make_unique<int>(4));
  const std::vector<int> values =
      co_await pool.map([](const std::unique_ptr<int>& p) { return *p; }, std::move(owners));
  CHECK(values == std::vector<int>{4});

  const std::vector<int> nothing = co_await pool.map([](int x) { return x; }, std::vector<int>());
  CHECK(nothing.empty());
}

TRIDEM_TEST("the first error of a map stops the rest") {
  thread_pool pool{{.threads = 1}};
  std::vector<int> input(100);
  std::iota(input.begin(), input.end(), 0);
  std::atomic<int> calls{0};
  auto f = [&calls](int x) {
    ++calls;
    if (x == 10) throw std::runtime_error("ten");
    return x;
  };
  const tridem::map_options one_by_one{.chunk = 1, .in_flight = 1};
  CHECK_THROWS_WITH(co_await pool.map(f, input, one_by_one), "ten");
  CHECK(calls == 11);
}

TRIDEM_TEST("a cancelled map stops between two items") {
  thread_pool pool{{.threads = 1}};
  std::latch begun(1);
  std::atomic<bool> go{false};
  std::atomic<int> calls{0};
  auto f = [&](int) {
    if (++calls == 1) begun.count_down();
    go.wait(false);
  };
  std::vector<int> input(100);
  const tridem::map_options one_chunk{.chunk = 100};
  auto mapping = tridem::create_task(pool.map(f, input, one_chunk));
  co_await tridem::yield();
  begun.wait();
  mapping.cancel();
  go = true;
  go.notify_all();
  CHECK_THROWS_AS(co_await mapping, tridem::task_cancelled);
  CHECK(calls == 1);
}

TRIDEM_TEST("results that have no default value keep the order too") {
  struct label {
    explicit label(int n) : text(std::to_string(n)) {}
    std::string text;
  };
  thread_pool pool{{.threads = 3}};
  std::vector<int> input(20'000);
  std::iota(input.begin(), input.end(), 0);
  const std::vector<label> labels = co_await pool.map([](int x) { return label(x); }, input);
  REQUIRE(labels.size() == input.size());
  for (std::size_t i = 0; i < labels.size(); ++i) REQUIRE(labels[i].text == std::to_string(i));
  const std::vector<bool> odd = co_await pool.map([](int x) { return x % 2 == 1; }, input);
  REQUIRE(odd.size() == input.size());
  for (std::size_t i = 0; i < odd.size(); ++i) REQUIRE(odd[i] == (i % 2 == 1));
}

TRIDEM_TEST("a million tiny items, each called once") {
  thread_pool pool{{.threads = 3}};
  std::vector<unsigned char> counts(1'000'000);
  co_await pool.map([](unsigned char& count) { ++count; }, counts);
  CHECK(std::ranges::count(counts, 1) == 1'000'000);
}

TRIDEM_TEST("other jobs get their turn while a long map goes on") {
  thread_pool pool{{.threads = 1}};
  std::latch begun(1);
  std::latch is_queued(1);
  std::atomic<bool> other_ran{false};
  bool ran_before_the_end = false;
  std::vector<int> input(2000);
  std::iota(input.begin(), input.end(), 0);
  auto f = [&](int item) {
    if (item == 0) {
      begun.count_down();
      is_queued.wait();
    }
    if (!other_ran) std::this_thread::sleep_for(std::chrono::microseconds(100));
    if (item == 1999) ran_before_the_end = other_ran;
  };
  const tridem::map_options one_by_one{.chunk = 1};
  auto mapping = tridem::create_task(pool.map(f, input, one_by_one));
  co_await tridem::yield();
  begun.wait();
  auto other = tridem::create_task(pool.submit([&other_ran] { other_ran = true; }));
  co_await tridem::yield();
  is_queued.count_down();
  co_await mapping;
  co_await other;
  CHECK(ran_before_the_end);
}

TEST_CASE("pieces grow while items are tiny, and shrink when they are not") {
  tridem::detail::chunk_pace pace(0);
  CHECK(pace.chunk(1'000'000, 2) == 1);
  CHECK(pace.block() == 1);
  std::size_t items = 1;
  for (int i = 0; i < 20; ++i) {
    items = pace.chunk(1'000'000, 2);
    pace.took(items, std::chrono::nanoseconds(items));
  }
  CHECK(items > 10'000);
  CHECK(items <= 250'000);
  CHECK(pace.block() == 64);
  // Near the end, and with slow items, one at a time again.
  CHECK(pace.chunk(3, 2) == 1);
  for (int i = 0; i < 20; ++i) {
    items = pace.chunk(1'000'000, 2);
    pace.took(items, items * std::chrono::milliseconds(1));
  }
  CHECK(items == 1);
  CHECK(pace.block() == 1);

  tridem::detail::chunk_pace fixed(7);
  fixed.took(7, std::chrono::nanoseconds(1));
  CHECK(fixed.chunk(1'000'000, 2) == 7);
}
