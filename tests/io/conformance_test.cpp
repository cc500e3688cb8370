// SPDX-License-Identifier: MIT
// What a driver is, first part: turns, deadlines, wake-ups, and many operations at once.
#include "tests/support/drivers.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>

#include <atomic>
#include <cerrno>
#include <deque>
#include <thread>

namespace tridem::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("conformance: an operation that needs no system ends with zero") {
  for_each_driver([](raw_driver& io) {
    nop_operation op;
    CHECK(io.run(op) == 0);
  });
}

TEST_CASE("conformance: a deadline in the past only looks") {
  for_each_driver([](raw_driver& io) {
    const time_point before = io.under_test().now();
    CHECK(io.turn(before - 1h).empty());
    CHECK(io.turn(time_point::min()).empty());
    CHECK(io.under_test().now() - before < 1s);
  });
}

TEST_CASE("conformance: a look finds what has become ready") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_socket_pair();
    char byte = 0;
    recv_operation op(ends.first.get(), std::as_writable_bytes(std::span{&byte, 1}));
    io.start_waiting(op);
    send_text(ends.second, "x");
    for (int looks = 0; looks < 1000 && op.state != operation_state::done; ++looks) io.look();
    REQUIRE(op.state == operation_state::done);
    CHECK(op.result == 1);
    CHECK(byte == 'x');
  });
}

TEST_CASE("conformance: a turn waits until a deadline that is near, and not for less") {
  for_each_driver([](raw_driver& io) {
    driver& driver = io.under_test();
    for (const duration wait : {duration(100us), duration(3ms), duration(40ms)}) {
      const time_point start = driver.now();
      while (driver.now() < start + wait) CHECK(io.turn(start + wait).empty());
      CHECK(driver.now() - start >= wait);
      CHECK(driver.now() - start < wait + 2s);
    }
  });
}

TEST_CASE("conformance: a later deadline after an earlier one, and the reverse") {
  for_each_driver([](raw_driver& io) {
    driver& driver = io.under_test();
    for (const duration wait : {duration(5ms), duration(30ms), duration(1ms), duration(15ms)}) {
      const time_point end = driver.now() + wait;
      while (driver.now() < end) io.turn(end);
      CHECK(driver.now() - end < 2s);
    }
  });
}

TEST_CASE("conformance: a completion ends a wait long before its deadline") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_socket_pair();
    char byte = 0;
    recv_operation op(ends.first.get(), std::as_writable_bytes(std::span{&byte, 1}));
    io.start_waiting(op);
    std::jthread sender([&] { send_text(ends.second, "y"); });
    const time_point start = io.under_test().now();
    while (op.state != operation_state::done) io.turn(never);
    CHECK(op.result == 1);
    CHECK(io.under_test().now() - start < raw_driver::patience);
  });
}

TEST_CASE("conformance: wake before a wait ends it at once, however often it was called") {
  for_each_driver([](raw_driver& io) {
    for (int round = 0; round < 100; ++round) {
      for (int calls = 0; calls <= round % 3; ++calls) io.under_test().wake();
      CHECK(io.turn(never).empty());
    }
  });
}

TEST_CASE("conformance: wake from another thread ends a wait without deadline") {
  for_each_driver([](raw_driver& io) {
    constexpr int rounds = 2000;
    std::atomic<int> sent{0};
    std::atomic<int> seen{0};
    std::jthread other([&] {
      for (int round = 1; round <= rounds; ++round) {
        sent.store(round);
        io.under_test().wake();
        // Half of the wake-ups meet a loop that waits already, half one that is still awake.
        while (round % 2 == 0 && seen.load() < round) std::this_thread::yield();
      }
    });
    while (seen.load() < rounds) {
      io.turn(never);
      seen.store(sent.load());
    }
  });
}

TEST_CASE("conformance: a thousand operations in one turn all end, each once") {
  for_each_driver([](raw_driver& io) {
    std::deque<single<nop_operation>> ops(1000);
    for (single<nop_operation>& op : ops) io.submit(op);
    std::size_t done = 0;
    const time_point end = io.under_test().now() + raw_driver::patience;
    while (done < ops.size() && io.under_test().now() < end) done += io.turn(end).size();
    CHECK(done == ops.size());
    for (const single<nop_operation>& op : ops) CHECK(op.result == 0);
  });
}

TEST_CASE("conformance: more waits than any queue has room for, then all cancelled in one turn") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_socket_pair();
    std::deque<single<poll_operation>> ops;
    for (int i = 0; i < 6000; ++i) ops.emplace_back(ends.first.get(), 1U /* POLLIN */);
    for (single<poll_operation>& op : ops) io.submit(op);
    io.look();
    for (single<poll_operation>& op : ops) CHECK(op.state == operation_state::in_flight);
    for (single<poll_operation>& op : ops) io.cancel(op);
    for (single<poll_operation>& op : ops) CHECK(io.finish(op) == -ECANCELED);
  });
}

TEST_CASE("conformance: many waits on one event all see it") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_socket_pair();
    std::deque<single<poll_operation>> ops;
    for (int i = 0; i < 300; ++i) ops.emplace_back(ends.first.get(), 1U /* POLLIN */);
    for (single<poll_operation>& op : ops) io.submit(op);
    io.look();
    send_text(ends.second, "z");
    for (single<poll_operation>& op : ops) CHECK(io.finish(op) == 1);
  });
}

TEST_CASE("conformance: the clock of a driver of this world is the steady clock") {
  for_each_driver([](raw_driver& io) {
    const time_point before = clock::now();
    const time_point asked = io.under_test().now();
    CHECK(before <= asked);
    CHECK(asked <= clock::now());
  });
}

}  // namespace
}  // namespace tridem::test
