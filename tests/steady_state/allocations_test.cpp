// SPDX-License-Identifier: MIT
// An operation allocates nothing once the program is warm: not on the loop, not on the threads of a
// pool. Counted over a thousand of each.
#include "tests/steady_state/allocation_count.hpp"
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/tridem.hpp>

#include <array>
#include <string>
#include <vector>

namespace tridem::test {
namespace {

using namespace std::chrono_literals;

constexpr int rounds_to_warm = 300;
constexpr int rounds = 1000;

/// `once(i)` gives the task that does the thing; nothing may be allocated by `rounds` of them.
template <class Once>
task<> expect_no_allocation(const char* what, Once once) {
  for (int i = 0; i < rounds_to_warm; ++i) co_await once(i);
  const std::uint64_t before = allocations();
  for (int i = 0; i < rounds; ++i) co_await once(i);
  const std::uint64_t count = allocations() - before;
  CHECK_MESSAGE(count == 0, what, ": ", count, " allocations in ", rounds, " rounds");
}

TRIDEM_TEST("what is allocated is counted") {
  const std::uint64_t before = allocations();
  const std::string text(1000, 'x');
  const std::uint64_t after = allocations();
  CHECK(after == before + 1);
  co_return;
}

task<int> leaf(int value) {
  co_return value + 1;
}
task<int> waiting_leaf(int value) {
  co_await yield();
  co_return value + 1;
}

TRIDEM_TEST("tasks: awaited, gathered, raced, spawned, in groups") {
  auto await_leaf = [](int i) -> task<> { co_await leaf(i); };
  co_await expect_no_allocation("await", await_leaf);
  auto gather_three = [](int i) -> task<> {
    co_await gather(waiting_leaf(i), leaf(i), waiting_leaf(i));
  };
  co_await expect_no_allocation("gather", gather_three);
  auto race_two = [](int i) -> task<> { co_await race(waiting_leaf(i), leaf(i)); };
  co_await expect_no_allocation("race", race_two);
  auto spawn = [](int i) -> task<> { co_await create_task(waiting_leaf(i)); };
  co_await expect_no_allocation("create_task", spawn);
  auto in_group = [](int i) -> task<> {
    auto body = [i](task_group& group) -> task<> {
      group.create_task(waiting_leaf(i));
      group.create_task(leaf(i));
      co_return;
    };
    co_await with_task_group(body);
  };
  co_await expect_no_allocation("task_group", in_group);
}

TRIDEM_TEST("time: yield, sleep, a timeout that does not come, a scope") {
  auto yield_once = [](int) -> task<> { co_await yield(); };
  co_await expect_no_allocation("yield", yield_once);
  auto sleep_a_little = [](int) -> task<> { co_await sleep(1us); };
  co_await expect_no_allocation("sleep", sleep_a_little);
  auto in_time = [](int i) -> task<> { co_await wait_for(waiting_leaf(i), 1h); };
  co_await expect_no_allocation("wait_for", in_time);
  auto in_scope = [](int i) -> task<> {
    auto body = [i](cancel_scope&) -> task<> { co_await waiting_leaf(i); };
    co_await with_cancel_scope(body);
  };
  co_await expect_no_allocation("with_cancel_scope", in_scope);
  auto shielded = [](int i) -> task<> { co_await shield(waiting_leaf(i)); };
  co_await expect_no_allocation("shield", shielded);
}

TRIDEM_TEST("locks, events and queues between two tasks") {
  mutex lock;
  semaphore permits(1);
  queue<int> items(4);
  auto hold = [](mutex& which) -> task<> {
    auto guard = co_await which.lock();
    co_await yield();
  };
  auto lock_twice = [&](int) -> task<> { co_await gather(hold(lock), hold(lock)); };
  co_await expect_no_allocation("mutex", lock_twice);
  auto acquire = [&](int) -> task<> { const auto permit = co_await permits.acquire(); };
  co_await expect_no_allocation("semaphore", acquire);
  auto put = [](queue<int>& into, int value) -> task<> { co_await into.put(value); };
  auto get = [](queue<int>& from) -> task<> {
    const std::optional<int> item = co_await from.get();
    CHECK(item);
  };
  auto hand_over = [&](int i) -> task<> { co_await gather(get(items), put(items, i)); };
  co_await expect_no_allocation("queue", hand_over);
}

template <class Stream>
task<> answer(Stream& stream) {
  std::array<std::byte, 64> bytes;
  co_await stream.read_exactly(bytes);
  co_await stream.write_all(bytes);
}
template <class Stream>
task<> ask(Stream& stream) {
  std::array<std::byte, 64> bytes{};
  co_await stream.write_all(bytes);
  co_await stream.read_exactly(bytes);
}

TRIDEM_TEST("an echo over TCP and over a Unix socket") {
  auto listener = tcp_listener::bind(address::loopback());
  auto connected =
      co_await gather(tcp_stream::connect(listener.local_address()), listener.accept());
  auto& [client, server] = connected;
  auto over_tcp = [&](int) -> task<> { co_await gather(answer(server), ask(client)); };
  co_await expect_no_allocation("tcp", over_tcp);

  auto pair = unix_stream::pair();
  auto over_unix = [&](int) -> task<> { co_await gather(answer(pair.first), ask(pair.second)); };
  co_await expect_no_allocation("unix", over_unix);
}

TRIDEM_TEST("lines through a buffered stream") {
  auto pair = unix_stream::pair();
  buffered_stream near(std::move(pair.first));
  buffered_stream far(std::move(pair.second));
  std::string line;
  auto exchange = [&](int) -> task<> {
    co_await near.write("a line of which nobody keeps a copy\n");
    co_await near.flush();
    const bool any = co_await far.read_line(line);
    CHECK(any);
  };
  co_await expect_no_allocation("buffered_stream", exchange);
}

/// What cannot be done at once is left to threads, which are started when they are needed first: so
/// many directories at a time need all of them.
task<> start_helping_threads(const temporary_directory& scratch) {
  std::vector<task<>> made;
  for (int i = 0; i < 64; ++i) {
    made.push_back(make_directory(scratch / ("directory " + std::to_string(i))));
  }
  co_await gather(std::move(made));
}

TRIDEM_TEST("a file: written and read at a position") {
  const temporary_directory scratch;
  co_await start_helping_threads(scratch);
  file data = co_await file::open(scratch / "data", open_flags::read_write | open_flags::create);
  std::array<std::byte, 4096> block{};
  auto write_and_read = [&](int i) -> task<> {
    const auto offset = static_cast<std::uint64_t>(i % 16) * block.size();
    co_await data.write_at(block, offset);
    const std::size_t count = co_await data.read_at(block, offset);
    CHECK(count == block.size());
  };
  co_await expect_no_allocation("file", write_and_read);
  co_await data.close();
}

int twice(int value) {
  return 2 * value;
}

TRIDEM_TEST("calls into a thread and into a worker process") {
  thread_pool threads({.threads = 1});
  auto in_thread = [&](int i) -> task<> {
    const int value = co_await threads.submit(twice, i);
    CHECK(value == 2 * i);
  };
  co_await expect_no_allocation("thread_pool.submit", in_thread);
  co_await threads.shutdown();

  process_pool processes({.workers = 1});
  auto in_process = [&](int i) -> task<> {
    const int value = co_await processes.submit<&twice>(i);
    CHECK(value == 2 * i);
  };
  co_await expect_no_allocation("process_pool.submit", in_process);
  co_await processes.shutdown();
}

}  // namespace
}  // namespace tridem::test
