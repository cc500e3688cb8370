// SPDX-License-Identifier: MIT
// What a driver is, last part: the doorbell by which another process or thread says that a word has
// changed.
#include "tests/support/drivers.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>

#include <climits>

#include <atomic>
#include <deque>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <thread>

namespace tridem::test {
namespace {

/// A word in memory, and both ways to say that it has changed: drivers listen to one of them.
struct doorbell {
  std::atomic<std::uint32_t> word{0};
  descriptor event = own(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));

  void ring() {
    word.fetch_add(1);
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    const std::uint64_t one = 1;
    CHECK(::write(event.get(), &one, sizeof one) == sizeof one);
  }
};

TEST_CASE("conformance: a word that differs already ends the wait at once") {
  for_each_driver([](raw_driver& io) {
    doorbell bell;
    wait_doorbell_operation op(&bell.word, 5, bell.event.get());
    CHECK(io.run(op) == 0);
  });
}

TEST_CASE("conformance: a ring ends the wait") {
  for_each_driver([](raw_driver& io) {
    doorbell bell;
    wait_doorbell_operation op(&bell.word, 0, bell.event.get());
    io.start_waiting(op);
    bell.ring();
    CHECK(io.finish(op) == 0);
    CHECK(bell.word == 1);
  });
}

TEST_CASE("conformance: no ring is missed, whenever it comes") {
  for_each_driver([](raw_driver& io) {
    constexpr std::uint32_t rounds = 3000;
    doorbell bell;
    std::jthread other([&] {
      for (std::uint32_t i = 0; i < rounds; ++i) bell.ring();
    });
    std::uint32_t seen = 0;
    while (seen < rounds) {
      wait_doorbell_operation op(&bell.word, seen, bell.event.get());
      REQUIRE(io.run(op) == 0);
      seen = bell.word.load();
    }
    CHECK(seen == rounds);
  });
}

TEST_CASE("conformance: a hundred doorbells, each with its own ring") {
  for_each_driver([](raw_driver& io) {
    std::deque<doorbell> bells(100);
    std::deque<single<wait_doorbell_operation>> ops;
    for (doorbell& bell : bells) ops.emplace_back(&bell.word, 0U, bell.event.get());
    for (single<wait_doorbell_operation>& op : ops) io.submit(op);
    io.look();
    for (std::size_t i = 0; i < bells.size(); i += 2) bells[i].ring();
    for (std::size_t i = 0; i < bells.size(); i += 2) CHECK(io.finish(ops[i]) == 0);
    for (std::size_t i = 1; i < bells.size(); i += 2) {
      CHECK(ops[i].state == operation_state::in_flight);
      io.cancel(ops[i]);
    }
    for (std::size_t i = 1; i < bells.size(); i += 2) CHECK(io.finish(ops[i]) == -ECANCELED);
  });
}

}  // namespace
}  // namespace tridem::test
