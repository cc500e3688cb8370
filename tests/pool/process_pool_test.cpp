// SPDX-License-Identifier: MIT
// Calls into worker processes: values, errors, order, bounds, options, ends.
#include "tests/support/async_test.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/inspect.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <set>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

int twice(int n) {
  return 2 * n;
}
std::string join(std::string_view a, const std::string& b, int n) {
  return std::string(a) + b + std::to_string(n);
}
double sum(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}
std::vector<char> bytes(std::size_t count) {
  return std::vector<char>(count, 'x');
}
void fail(std::string text) {
  throw std::invalid_argument(text);
}
struct home_made : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void fail_at_home() {
  throw home_made("text");
}
void fill(tridem::shared_array<int> numbers, int value) {
  std::ranges::fill(numbers, value);
}
tridem::shared_memory make_block(std::size_t size) {
  auto block = tridem::shared_memory::create(size);
  if (size != 0) block.bytes().back() = std::byte{7};
  return block;
}
int own_pid() {
  return ::getpid();
}
int add(int a, int b) {
  return a + b;
}
bool token_is_quiet(std::stop_token token, int n) {
  return !token.stop_requested() && n == 3;
}
struct person {
  std::string name;
  int age = 0;
  bool operator==(const person&) const = default;
};
person older(person who) {
  ++who.age;
  return who;
}

}  // namespace

TRIDEM_TEST("process_pool: calls give what the functions return") {
  tridem::process_pool pool{{.workers = 2}};
  CHECK(co_await pool.submit<&twice>(21) == 42);
  CHECK(co_await pool.submit<[](int n) { return n + 1; }>(1) == 2);
  CHECK(co_await pool.submit<&join>("a", "b", 3) == "ab3");
  const std::vector<double> numbers(10'000, 0.5);
  CHECK(co_await pool.submit<&sum>(numbers) == 5000);
  CHECK(co_await pool.submit<&sum>(std::span(numbers)) == 5000);
  const person ada{"Ada", 36};
  // Named first: g++ 12 frees an owning aggregate in a co_await expression twice.
  const person expected{"Ada", 37};
  CHECK(co_await pool.submit<&older>(ada) == expected);
  CHECK(co_await pool.submit<&token_is_quiet>(3));
  CHECK(co_await pool.submit<&own_pid>() != ::getpid());
  for (const std::size_t size : {0, 1, 31, 32, 33, 100'000, 20'000'000}) {
    const auto got = co_await pool.submit<&bytes>(size);
    CHECK(got.size() == size);
  }
  co_await pool.shutdown();
}

TRIDEM_TEST("process_pool: shared memory crosses without a copy, both ways") {
  tridem::process_pool pool{{.workers = 1}};
  tridem::shared_array<int> numbers(100'000);
  co_await pool.submit<&fill>(numbers, 5);
  CHECK(std::ranges::all_of(numbers, [](int n) { return n == 5; }));
  co_await pool.submit<&fill>(numbers.share(), 6);
  CHECK(numbers[99'999] == 6);
  for (const std::size_t size : {0, 1, 1'000'000}) {
    const auto block = co_await pool.submit<&make_block>(size);
    CHECK(block.size() == size);
    CHECK((size == 0 || block.bytes().back() == std::byte{7}));
  }
}

TRIDEM_TEST("process_pool: exceptions come back as what they were") {
  tridem::process_pool pool{{.workers = 1}};
  std::exception_ptr thrown;
  try {
    co_await pool.submit<&fail>("wrong");
  } catch (const std::invalid_argument& error) {
    CHECK(std::string(error.what()) == "wrong");
    thrown = std::current_exception();
  }
  REQUIRE(thrown);
  CHECK(tridem::format_exception(thrown).find("in worker ") != std::string::npos);
  try {
    co_await pool.submit<&fail_at_home>();
    CHECK(false);
  } catch (const tridem::remote_error& error) {
    CHECK(error.type().find("home_made") != std::string::npos);
    CHECK(error.message() == "text");
    CHECK(error.pid() == pool.stats().worker_pids.at(0));
  }
  CHECK(co_await pool.submit<&twice>(1) == 2);
}

TRIDEM_TEST("process_pool: map keeps order, whatever the chunks") {
  tridem::process_pool pool{{.workers = 2}};
  std::vector<int> items(1000);
  std::iota(items.begin(), items.end(), 0);
  for (const std::size_t chunk : {0, 1, 7, 1000, 5000}) {
    for (const std::size_t in_flight : {0, 1, 3}) {
      const auto results =
          co_await pool.map<&twice>(items, {.chunk = chunk, .in_flight = in_flight});
      REQUIRE(results.size() == items.size());
      for (int i = 0; i < 1000; ++i) CHECK(results[static_cast<std::size_t>(i)] == 2 * i);
    }
  }
  const std::vector<int> none;
  const auto nothing = co_await pool.map<&twice>(none);
  CHECK(nothing.empty());
  const std::vector<std::string> texts{"a", "b"};
  co_await pool.map<[](std::string_view) {}>(texts);
  const std::vector<std::tuple<int, int>> pairs{{1, 2}, {3, 4}};
  const auto sums = co_await pool.starmap<&add>(pairs);
  CHECK(sums == std::vector<int>{3, 7});
  const auto truths = co_await pool.map<[](int n) { return n % 2 == 0; }>(items);
  CHECK(truths[500]);
  CHECK_FALSE(truths[501]);
}

TRIDEM_TEST("process_pool: an error in a map stops the rest") {
  tridem::process_pool pool{{.workers = 2}};
  std::vector<int> items(100, 1);
  items[50] = -1;
  bool caught = false;
  try {
    co_await pool.map<[](int n) {
      if (n < 0) throw std::domain_error("negative");
      return n;
    }>(items, {.chunk = 1});
  } catch (const std::domain_error&) {
    caught = true;
  }
  CHECK(caught);
  CHECK(co_await pool.submit<&twice>(4) == 8);
}

TRIDEM_TEST("process_pool: many calls at once, from many tasks") {
  tridem::process_pool pool{{.workers = 2}};
  std::vector<tridem::task<int>> calls;
  for (int i = 0; i < 5000; ++i) {
    calls.push_back(tridem::detail::as_task(pool.submit<&twice>(i)));
  }
  const auto results = co_await tridem::gather(std::move(calls));
  for (int i = 0; i < 5000; ++i) CHECK(results[static_cast<std::size_t>(i)] == 2 * i);
  const auto stats = pool.stats();
  CHECK(stats.completed == 5000);
  CHECK(stats.queued == 0);
  CHECK(stats.running == 0);
  CHECK(stats.workers == 2);
}

TRIDEM_TEST("process_pool: workers are replaced after so many calls") {
  tridem::process_pool pool{{.workers = 1, .max_tasks_per_worker = 2}};
  std::set<int> pids;
  for (int i = 0; i < 6; ++i) pids.insert(co_await pool.submit<&own_pid>());
  CHECK(pids.size() == 3);
  co_await pool.shutdown();
  CHECK(pool.stats().crashed == 0);
}

TRIDEM_TEST("process_pool: limits and misuse have names") {
  tridem::process_pool pool{{.workers = 1, .max_message = 1000}};
  const std::string large(2000, 'x');
  bool refused = false;
  try {
    co_await pool.submit<&join>(large, "b", 1);
  } catch (const tridem::message_too_large& error) {
    refused = true;
    CHECK(error.limit() == 1000);
    CHECK(error.size() > 2000);
  }
  CHECK(refused);
  refused = false;
  try {
    (void)co_await pool.submit<&bytes>(std::size_t{2000});
  } catch (const tridem::message_too_large&) {
    refused = true;
  }
  CHECK(refused);
  CHECK(co_await pool.submit<&twice>(1) == 2);
}

TRIDEM_TEST("process_pool: room makes producers wait") {
  tridem::process_pool pool{{.workers = 1, .max_pending = 4}};
  std::vector<tridem::task_handle<int>> calls;
  std::size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    co_await pool.room();
    calls.push_back(tridem::create_task(pool.submit<&twice>(i)));
    co_await tridem::yield();
    most = std::max(most, pool.stats().queued);
  }
  CHECK(most <= 4);
  for (int i = 0; i < 200; ++i) CHECK(co_await calls[static_cast<std::size_t>(i)] == 2 * i);
}

TRIDEM_TEST("process_pool: shutdown drains, closes, and can be awaited again") {
  tridem::process_pool pool{{.workers = 2}};
  auto call = tridem::create_task(pool.submit<&twice>(4));
  co_await tridem::yield();
  co_await pool.shutdown();
  CHECK(co_await call == 8);
  CHECK(pool.stats().workers == 0);
  CHECK(pool.stats().server_pid == 0);
  co_await pool.shutdown();
  bool refused = false;
  try {
    (void)co_await pool.submit<&twice>(1);
  } catch (const tridem::pool_closed&) {
    refused = true;
  }
  CHECK(refused);
}

TRIDEM_TEST("process_pool: shutdown of a pool that was never used") {
  tridem::process_pool pool;
  CHECK(pool.size() >= 1);
  co_await pool.shutdown();
  bool refused = false;
  try {
    (void)co_await pool.submit<&twice>(1);
  } catch (const tridem::pool_closed&) {
    refused = true;
  }
  CHECK(refused);
}

TRIDEM_TEST("process_pool: a program that is none cannot start") {
  tridem::process_pool pool{{.workers = 1, .worker_executable = "/no/such/program"}};
  std::string text;
  try {
    (void)co_await pool.submit<&twice>(1);
  } catch (const tridem::pool_start_error& error) {
    text = error.what();
  }
  CHECK(text.find("/no/such/program") != std::string::npos);
  CHECK(text.find("worker_executable") != std::string::npos);
  tridem::process_pool other{{.workers = 1, .worker_executable = "/bin/true"}};
  text.clear();
  try {
    (void)co_await other.submit<&twice>(1);
  } catch (const tridem::pool_start_error& error) {
    text = error.what();
  }
  CHECK(text.find("ended before it was ready") != std::string::npos);
}

TEST_CASE("process_pool: one pool serves one loop after another") {
  tridem::process_pool pool{{.workers = 1}};
  const auto use = [](tridem::process_pool& used) -> tridem::task<int> {
    co_return co_await used.submit<&twice>(5);
  };
  CHECK(tridem::run(use(pool)) == 10);
  CHECK(tridem::run(use(pool)) == 10);
}

TRIDEM_TEST("process_pool: what a call waits for can be printed") {
  tridem::process_pool pool{{.workers = 1}};
  auto call = tridem::create_task(pool.submit<&twice>(1), "asker");
  co_await tridem::yield();
  CHECK(co_await call == 2);
}
