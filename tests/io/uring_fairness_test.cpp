// SPDX-License-Identifier: MIT
// Completions of a ring come out only when its owner enters the kernel: a task that never waits
// must not keep them in. Counted in resumptions of that task, never in time.
#include "tests/support/async_test.hpp"
#include "tests/support/fault_plan.hpp"

#include <tridem/io/unix.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <array>
#include <string_view>

using namespace tridem;
using namespace tridem::test;

namespace {

task<> yield_until(const bool& done, long& yields) {
  while (!done) {
    co_await yield();
    ++yields;
  }
}

task<> answer(unix_stream& stream, int rounds) {
  std::array<char, 1> room{};
  for (int i = 0; i < rounds; ++i) {
    static_cast<void>(co_await stream.read_exactly(as_writable_bytes(room)));
    co_await stream.write_all(as_bytes(std::string_view("y")));
  }
}

task<> ask(unix_stream& stream, int rounds, const long& yields, long& longest, bool& done) {
  std::array<char, 1> room{};
  for (int i = 0; i < rounds; ++i) {
    const long before = yields;
    co_await stream.write_all(as_bytes(std::string_view("x")));
    static_cast<void>(co_await stream.read_exactly(as_writable_bytes(room)));
    longest = std::max(longest, yields - before);
  }
  done = true;
}

}  // namespace

TRIDEM_TEST("a task that burns the CPU and only yields lets a round trip through in a few turns") {
#ifdef TRIDEM_HAS_URING
  // A ring that is to be late cannot be asked to be prompt.
  if (fault_plan::of_environment()) co_return;
#endif
  auto [near, far] = unix_stream::pair();
  constexpr int rounds = 200;
  bool done = false;
  long yields = 0;
  long longest = 0;
  co_await gather(yield_until(done, yields), answer(far, rounds),
                  ask(near, rounds, yields, longest, done));
  CHECK(yields > 0);
  // The loop resumes 64 tasks before each turn of its driver; a round trip is four operations, each
  // of which may take a turn to be asked and one to be answered.
  CHECK(longest <= 64 * 16);
}
