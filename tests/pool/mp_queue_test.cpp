// SPDX-License-Identifier: MIT
// mp::queue: order, bounds, ends, sizes, and processes that are killed in the middle.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_queue.hpp>
#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_memory.hpp>
#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tridem::test::throws;

namespace {

struct item {
  int producer = 0;
  int number = 0;
  std::string text;
};
using items = tridem::mp::queue<item>;
using numbers = tridem::mp::queue<int>;
using blobs = tridem::mp::queue<std::vector<unsigned char>>;

void produce(items into, int producer, int count) {
  for (int i = 0; i < count; ++i) into.put_blocking({producer, i, std::string(i % 300, 'x')});
}
long add_up(numbers from) {
  long sum = 0;
  while (const auto next = from.get_blocking()) sum += *next;
  return sum;
}
bool is_refused(numbers into) {
  return !into.put_blocking(1) && !into.try_put(1);
}
void put_patterns(blobs into, unsigned seed) {
  std::mt19937 random(seed);
  for (;;) {
    std::vector<unsigned char> blob(random() % 200'000);
    std::ranges::fill(blob, static_cast<unsigned char>(blob.size()));
    if (!into.put_blocking(blob)) return;
  }
}
/// Begins again each time its worker was killed.
tridem::task<> keep_producing(tridem::process_pool& pool, blobs into, unsigned seed) {
  while (!into.is_closed()) {
    (void)co_await throws<tridem::worker_crashed>(pool.submit<&put_patterns>(into, seed++));
  }
}
void take_and_die(numbers from) {
  (void)from.get_blocking();
  ::raise(SIGKILL);
}
void take_and_answer(numbers from, int count) {
  for (int i = 0; i < count; ++i) {
    (void)from.get_blocking();
    from.task_done();
  }
}
void get_for_ever(numbers from, tridem::mp::value<int> begun) {
  begun.store(::getpid());
  while (from.get_blocking()) {
  }
}

}  // namespace

TRIDEM_TEST("mp::queue: items of each producer come whole and in order") {
  tridem::process_pool pool{{.workers = 3}};
  const items queue(16);
  std::vector<tridem::task_handle<void>> producers;
  for (int i = 0; i < 3; ++i) {
    producers.push_back(tridem::create_task(pool.submit<&produce>(queue, i, 1000)));
  }
  auto here = tridem::create_task([](items into) -> tridem::task<> {
    for (int i = 0; i < 1000; ++i) {
      const item mine{3, i, std::string(i % 300, 'x')};
      CHECK(co_await into.put(mine));
    }
  }(queue));
  std::map<int, int> next;
  for (int i = 0; i < 4000; ++i) {
    const auto got = co_await queue.get();
    REQUIRE(got);
    CHECK(got->number == next[got->producer]++);
    CHECK(got->text == std::string(static_cast<std::size_t>(got->number % 300), 'x'));
    CHECK(queue.size() <= queue.capacity());
  }
  for (auto& each : producers) co_await each;
  co_await here;
  CHECK(queue.empty());
}

TRIDEM_TEST("mp::queue: many take, each item once, and close ends them all") {
  tridem::process_pool pool{{.workers = 3}};
  const numbers queue(8);
  std::vector<tridem::task_handle<long>> consumers;
  for (int i = 0; i < 3; ++i) consumers.push_back(tridem::create_task(pool.submit<&add_up>(queue)));
  auto in_thread = tridem::create_task(tridem::to_thread(&add_up, queue));
  for (int i = 1; i <= 3000; ++i) CHECK(co_await queue.put(i));
  queue.close();
  long sum = co_await in_thread;
  for (auto& each : consumers) sum += co_await each;
  CHECK(sum == 3000L * 3001 / 2);
  CHECK(queue.is_closed());
  CHECK_FALSE(co_await queue.put(1));
  CHECK_FALSE(co_await queue.get());
  CHECK(co_await pool.submit<&is_refused>(queue));
}

TRIDEM_TEST("mp::queue: bounds, and the forms that do not wait") {
  const numbers queue(2);
  CHECK(queue.try_put(1));
  CHECK(queue.try_put(2));
  CHECK_FALSE(queue.try_put(3));
  CHECK(queue.size() == 2);
  auto waits = tridem::create_task(queue.put(3));
  co_await tridem::sleep(1ms);
  CHECK_FALSE(waits.done());
  CHECK(queue.try_get() == 1);
  CHECK(co_await waits);
  CHECK(co_await queue.get() == 2);
  CHECK(queue.try_get() == 3);
  CHECK_FALSE(queue.try_get());
  auto getting = tridem::wait_for(queue.get(), 5ms);
  CHECK(co_await throws<tridem::timeout_error>(std::move(getting)));
  // What is left when it is closed is still given.
  CHECK(queue.try_put(4));
  queue.close();
  CHECK(co_await queue.get() == 4);
  CHECK_FALSE(co_await queue.get());
}

TRIDEM_TEST("mp::queue: items of every size") {
  const blobs queue(4, 1'000'000);
  for (const std::size_t size : {0, 1, 40, 46, 47, 48, 49, 127, 128, 4096, 500'000, 999'000}) {
    std::vector<unsigned char> blob(size, 7);
    for (int i = 0; i < 5; ++i) {
      CHECK(co_await queue.put(blob));
      const auto got = co_await queue.get();
      CHECK(got == blob);
    }
  }
  // Two of these have no room side by side, whatever the capacity.
  const std::vector<unsigned char> large(600'000, 1);
  CHECK(queue.try_put(large));
  CHECK_FALSE(queue.try_put(large));
  CHECK(queue.try_put(std::vector<unsigned char>(10, 2)));
  CHECK(co_await queue.get() == large);
  auto putting = tridem::create_task(queue.put(large));
  CHECK((co_await queue.get())->size() == 10);
  CHECK(co_await putting);
  const std::vector<unsigned char> too_large(2'000'000);
  auto hopeless = queue.put(too_large);
  CHECK(co_await throws<tridem::message_too_large>(std::move(hopeless)));
}

TRIDEM_TEST("mp::queue: items wrap around in any mixture of sizes") {
  const blobs queue(64, 100'000);
  std::mt19937 random(7);
  std::vector<std::size_t> sizes;
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t size = random() % 3 == 0 ? random() % 20'000 : random() % 100;
    if (queue.try_put(std::vector<unsigned char>(size, static_cast<unsigned char>(size)))) {
      sizes.push_back(size);
    } else {
      const auto got = queue.try_get();
      REQUIRE(got);
      REQUIRE(got->size() == sizes[taken++]);
      REQUIRE(std::ranges::count(*got, static_cast<unsigned char>(got->size())) ==
              static_cast<std::ptrdiff_t>(got->size()));
    }
  }
  CHECK(taken > 1000);
  co_return;
}

TRIDEM_TEST(
    "mp::queue: processes killed in the middle of a put leave nothing torn, nothing stuck") {
  tridem::process_pool pool{{.workers = 2}};
  const blobs queue(4, 1'000'000);
  std::mt19937 random(5);
  auto one = tridem::create_task(keep_producing(pool, queue, 1));
  auto other = tridem::create_task(keep_producing(pool, queue, 2));
  for (int kills = 0; kills < 60;) {
    const auto got = co_await queue.get();
    REQUIRE(got);
    REQUIRE(std::ranges::count(*got, static_cast<unsigned char>(got->size())) ==
            static_cast<std::ptrdiff_t>(got->size()));
    const auto pids = pool.stats().worker_pids;
    if (random() % 4 == 0 && !pids.empty()) {
      ::kill(pids[random() % pids.size()], SIGKILL);
      ++kills;
    }
  }
  queue.close();
  for (bool any = true; any;) {
    const auto left = co_await queue.get();
    any = left.has_value();
  }
  co_await one;
  co_await other;
}

TRIDEM_TEST("mp::queue: getters killed while they wait do not swallow a wake-up") {
  tridem::process_pool pool{{.workers = 1}};
  const numbers queue(4);
  for (int round = 0; round < 5; ++round) {
    const tridem::mp::value<int> begun(0);
    auto doomed = tridem::create_task(
        throws<tridem::worker_crashed>(pool.submit<&get_for_ever>(queue, begun)));
    while (begun.load() == 0) co_await tridem::sleep(1ms);
    auto waits = tridem::create_task(queue.get());
    co_await tridem::yield();
    co_await tridem::test::stop_process(begun.load());
    CHECK(co_await queue.put(round));
    ::kill(begun.load(), SIGKILL);
    CHECK(co_await doomed);
    // It was taken by the one or by nobody: a stopped process cannot have it.
    CHECK(co_await waits == round);
  }
}

TRIDEM_TEST("mp::queue: join waits for task_done, and tells when items died with their process") {
  tridem::process_pool pool{{.workers = 1}};
  const numbers queue(8);
  for (int i = 0; i < 4; ++i) CHECK(queue.try_put(i));
  auto joined = tridem::create_task(queue.join());
  co_await pool.submit<&take_and_answer>(queue, 3);
  CHECK_FALSE(joined.done());
  (void)co_await queue.get();
  queue.task_done();
  co_await joined;
  CHECK(queue.try_put(5));
  auto lost = tridem::create_task(throws<tridem::mp::owner_died>(queue.join()));
  CHECK(co_await throws<tridem::worker_crashed>(pool.submit<&take_and_die>(queue)));
  CHECK(co_await lost);
}

TRIDEM_TEST("mp::queue: who has waited for long hears of the death of a process that came later") {
  const numbers queue(8);
  CHECK(queue.try_put(5));
  auto lost = tridem::create_task(throws<tridem::mp::owner_died>(queue.join()));
  // By now it watches everybody who has the queue: nobody.
  co_await tridem::sleep(50ms);
  tridem::process_pool pool{{.workers = 1}};
  const bool has_died = co_await throws<tridem::worker_crashed>(pool.submit<&take_and_die>(queue));
  CHECK(has_died);
  const bool was_told = co_await lost;
  CHECK(was_told);
}

TEST_CASE("mp::queue: impossible queues and items are refused") {
  CHECK_THROWS_AS(numbers(0), std::length_error);
  const tridem::mp::queue<tridem::shared_memory> blocks(1);
  CHECK_THROWS_AS((void)blocks.try_put(tridem::shared_memory::create(10)), std::invalid_argument);
}
