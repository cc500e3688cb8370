// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/runtime/adaptors.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

tridem::async_generator<int> numbers(int last, tridem::duration pace = {}) {
  for (int i = 1; i <= last; ++i) {
    co_await tridem::sleep(pace);
    co_yield i;
  }
}

template <class T>
tridem::task<std::vector<T>> collect(tridem::async_generator<T> source) {
  std::vector<T> all;
  for (;;) {
    T* item = co_await source.next();
    if (item == nullptr) break;
    all.push_back(*item);
  }
  co_return all;
}

struct load {
  int now = 0;
  int most = 0;
  int ended = 0;
};

tridem::task<int> work(load& seen, int number, tridem::duration time) {
  ++seen.now;
  seen.most = std::max(seen.most, seen.now);
  struct leave {
    load& seen;
    ~leave() {
      --seen.now;
      ++seen.ended;
    }
  } leaving{seen};
  co_await tridem::sleep(time);
  co_return number * 10;
}

TRIDEM_TEST("filter, transform and take are chained with |") {
  auto stream = numbers(100) | tridem::filter([](int n) { return n % 2 == 0; }) |
                tridem::transform([](int n) { return std::to_string(n); }) | tridem::take(3);
  auto seen_values = co_await collect(std::move(stream));
  CHECK(seen_values == std::vector<std::string>{"2", "4", "6"});
}

TRIDEM_TEST("take does not ask its source for more") {
  int asked = 0;
  auto source = [](int& count) -> tridem::async_generator<int> {
    for (;;) co_yield ++count;
  };
  auto seen_values = co_await collect(source(asked) | tridem::take(2));
  CHECK(seen_values == std::vector<int>{1, 2});
  CHECK(asked == 2);
}

TRIDEM_TEST("buffered runs some at once, never more, and keeps the order") {
  load seen;
  const tridem::time_point begun = tridem::now();
  auto start = [&seen](int n) { return work(seen, n, (n % 3 + 1) * 1s); };
  auto all = co_await collect(numbers(9) | tridem::transform(start) | tridem::buffered(3));
  CHECK(all == std::vector<int>{10, 20, 30, 40, 50, 60, 70, 80, 90});
  CHECK(seen.most == 3);
  CHECK(tridem::now() - begun < 18s);
}

TRIDEM_TEST("buffered_unordered gives what is ready first") {
  load seen;
  auto start = [&seen](int n) { return work(seen, n, (4 - n) * 1s); };
  auto all =
      co_await collect(numbers(3) | tridem::transform(start) | tridem::buffered_unordered(3));
  CHECK(all == std::vector<int>{30, 20, 10});
  CHECK(seen.most == 3);
}

TRIDEM_TEST("results that own something are handed on once") {
  using probe = tridem::test::lifetime_probe<struct in_stream>;
  probe::counts.reset();
  {
    auto start = [](int n) -> tridem::task<std::vector<probe>> {
      co_await tridem::sleep(1s);
      std::vector<probe> some(3, probe(n));
      co_return some;
    };
    auto ordered = co_await collect(numbers(3) | tridem::transform(start) | tridem::buffered(2));
    auto unordered =
        co_await collect(numbers(3) | tridem::transform(start) | tridem::buffered_unordered(2));
    REQUIRE(ordered.size() == 3);
    REQUIRE(unordered.size() == 3);
    for (const auto& some : unordered) CHECK(some.size() == 3);
  }
  co_await tridem::yield();
  CHECK(probe::counts.live() == 0);
}

TRIDEM_TEST("a stream that is dropped asks its source no more") {
  int asked = 0;
  auto source = [](int& count) -> tridem::async_generator<tridem::task<int>> {
    for (int i = 0;; ++i) {
      ++count;
      auto soon = [](int n) -> tridem::task<int> { co_return n; };
      tridem::task<int> next = soon(i);
      co_yield std::move(next);
    }
  };
  for (const bool ordered : {true, false}) {
    int asked_by_then = 0;
    {
      auto stream = ordered ? source(asked) | tridem::buffered(2)
                            : source(asked) | tridem::buffered_unordered(2);
      const int* first = co_await stream.next();
      CHECK(first != nullptr);
      // What was read has made room for the next.
      asked_by_then = asked;
    }
    for (int i = 0; i < 10; ++i) co_await tridem::yield();
    CHECK(asked == asked_by_then);
  }
}

TRIDEM_TEST("the first error ends the stream and stops the rest") {
  load seen;
  auto fail_third = [&seen](int n) -> tridem::task<int> {
    co_await tridem::sleep(1s);
    if (n == 3) throw std::runtime_error("third");
    const int result = co_await work(seen, n, 100s);
    co_return result;
  };
  for (const bool ordered : {true, false}) {
    std::string text;
    try {
      auto source = numbers(9) | tridem::transform(fail_third);
      if (ordered) {
        co_await collect(std::move(source) | tridem::buffered(4));
      } else {
        co_await collect(std::move(source) | tridem::buffered_unordered(4));
      }
    } catch (const std::runtime_error& error) {
      text = error.what();
    }
    CHECK(text == "third");
    co_await tridem::sleep(1s);
    CHECK(seen.now == 0);
  }
}

TRIDEM_TEST("a stream dropped halfway stops what it had started") {
  load seen;
  {
    auto start = [&seen](int n) { return work(seen, n, n * 1s); };
    auto stream = numbers(100) | tridem::transform(start) | tridem::buffered(5);
    CHECK(*co_await stream.next() == 10);
    CHECK(seen.now > 0);
  }
  co_await tridem::sleep(1ms);
  CHECK(seen.now == 0);
}

TRIDEM_TEST("merge gives each value as soon as it is there") {
  auto stream = tridem::merge(numbers(3, 2s), numbers(2, 5s));
  auto seen_values = co_await collect(std::move(stream));
  CHECK(seen_values == std::vector<int>{1, 2, 1, 3, 2});
}

tridem::task<int> give(int number) {
  co_return number;
}

tridem::task<> read_to_the_last(std::string& seen) {
  auto stream = numbers(100, 1s) | tridem::transform([](int n) { return give(n); }) |
                tridem::buffered_unordered(2);
  auto all = collect(std::move(stream));
  try {
    co_await tridem::shield(std::move(all));
    seen = "the end of the stream";
  } catch (const tridem::task_cancelled& cut) {
    seen = cut.what();
  }
}

TEST_CASE("a stream that the end of run cuts off says so to who reads on below a shield") {
  std::string seen;
  auto leave = [&seen]() -> tridem::task<> {
    tridem::create_task(read_to_the_last(seen));
    co_await tridem::sleep(2s);
  };
  tridem::run(leave());
  CHECK(seen == "task 'stream' was cancelled before it had a result");
}

}  // namespace
