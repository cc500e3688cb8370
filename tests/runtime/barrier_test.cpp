// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/barrier.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>

using namespace std::chrono_literals;

namespace {

tridem::task<std::size_t> arrive_after(tridem::barrier& meeting, tridem::duration delay) {
  co_await tridem::sleep(delay);
  co_return co_await meeting.arrive_and_wait();
}

TRIDEM_TEST("nobody goes on before all have arrived, and each has its position") {
  tridem::barrier meeting(3);
  auto begun = tridem::now();
  auto [a, b, c] = co_await tridem::gather(arrive_after(meeting, 3s), arrive_after(meeting, 1s),
                                           arrive_after(meeting, 2s));
  CHECK(tridem::now() - begun >= 3s);
  CHECK(b == 0);
  CHECK(c == 1);
  CHECK(a == 2);
  CHECK(meeting.waiting() == 0);
}

TRIDEM_TEST("a barrier serves round after round") {
  tridem::barrier meeting(2);
  int rounds = 0;
  auto walk = [&]() -> tridem::task<> {
    for (int round = 0; round < 5; ++round) {
      const std::size_t position = co_await meeting.arrive_and_wait();
      if (position == 0) ++rounds;
    }
  };
  co_await tridem::gather(walk(), walk());
  CHECK(rounds == 5);
}

TRIDEM_TEST("a cancelled arrival is taken back") {
  tridem::barrier meeting(2);
  auto early = tridem::create_task(arrive_after(meeting, 0s));
  co_await tridem::sleep(1ms);
  CHECK(meeting.waiting() == 1);
  early.cancel();
  co_await tridem::sleep(1ms);
  CHECK(early.cancelled());
  CHECK(meeting.waiting() == 0);
  co_await tridem::gather(arrive_after(meeting, 0s), arrive_after(meeting, 0s));
}

}  // namespace
