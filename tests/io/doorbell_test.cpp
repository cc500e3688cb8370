// SPDX-License-Identifier: MIT
// Ringing in the way that the loop listens to.
#include "tests/support/async_test.hpp"

#include <tridem/io/doorbell.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/sleep.hpp>

#include <atomic>
#include <chrono>
#include <cstring>
#include <sys/eventfd.h>
#include <thread>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

task<> wait_for_ring(const std::atomic<std::uint32_t>& word, std::uint32_t seen, int eventfd) {
  while (word.load() == seen) {
    co_await operation_awaitable<wait_doorbell_operation>(
        wait_doorbell_operation(&word, seen, eventfd));
  }
}

}  // namespace

TRIDEM_TEST("a doorbell that is rung from another thread wakes the loop") {
  const descriptor event{::eventfd(0, EFD_CLOEXEC)};
  std::atomic<std::uint32_t> word{0};
  const doorbell_kind kind = doorbell_kind_of(event_loop::current());
  for (std::uint32_t round = 0; round < 200; ++round) {
    std::jthread other([&] {
      word.fetch_add(1);
      ring_doorbell(word, event.get(), kind);
    });
    co_await wait_for_ring(word, round, event.get());
    CHECK(word.load() == round + 1);
  }
}

TRIDEM_TEST("only io_uring waits on futexes") {
  const event_loop& loop = event_loop::current();
  if (std::strcmp(loop.driver_name(), "uring") != 0) {
    CHECK(doorbell_kind_of(loop) == doorbell_kind::eventfd);
  }
  co_return;
}
