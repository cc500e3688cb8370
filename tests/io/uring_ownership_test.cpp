// SPDX-License-Identifier: MIT
// Nobody's memory, descriptor or byte belongs to two: cut short, timed out, raced and closed at
// random moments, an operation is over before what it worked on goes. Of --seeds=<n> and
// --rounds=<n> more are played than by default.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/lifetime_probe.hpp"

#include <tridem/io/file.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace tridem;
using namespace tridem::test;
using namespace std::chrono_literals;

namespace {

/// Buffers that their operations have given back. A sanitizer does not see what a kernel writes, so
/// none is freed before the end, and each must still hold what was put in then.
class graveyard {
 public:
  std::vector<std::byte>& lend(std::size_t size) {
    all_.emplace_back(size, std::byte{0});
    return all_.back();
  }
  static void bury(std::vector<std::byte>& buffer) {
    std::ranges::fill(buffer, std::byte{0xa5});
    buffer.push_back(std::byte{1});  // is buried
  }
  [[nodiscard]] bool is_undisturbed() const {
    return std::ranges::all_of(all_, [](const std::vector<std::byte>& each) {
      return std::ranges::all_of(each.begin(), each.end() - 1,
                                 [](std::byte one) { return one == std::byte{0xa5}; });
    });
  }

 private:
  std::deque<std::vector<std::byte>> all_;
};

/// A buffer for one operation.
class loan {
 public:
  loan(graveyard& from, std::size_t size) : buffer_(from.lend(size)) {}
  loan(const loan&) = delete;
  loan& operator=(const loan&) = delete;
  ~loan() { graveyard::bury(buffer_); }
  [[nodiscard]] mutable_buffer bytes() const noexcept { return buffer_; }

 private:
  std::vector<std::byte>& buffer_;
};

struct ledger {
  graveyard buffers;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  std::uint64_t wrong = 0;  // bytes that were not the next ones
};

std::byte nth_byte(std::uint64_t n) {
  return static_cast<std::byte>(n * 31 % 251);
}

// A result that is there is counted; one that was cut has moved nothing.
task<> write_once(unix_stream& to, ledger& all, std::size_t size) {
  const loan out(all.buffers, size);
  for (std::size_t i = 0; i < size; ++i) out.bytes()[i] = nth_byte(all.written + i);
  const std::size_t count = co_await to.write_some(out.bytes());
  all.written += count;
}

task<> read_once(unix_stream& from, ledger& all, std::size_t size) {
  const loan in(all.buffers, size);
  const std::size_t count = co_await from.read_some(in.bytes());
  for (std::size_t i = 0; i < count; ++i) all.wrong += in.bytes()[i] != nth_byte(all.read + i);
  all.read += count;
}

/// Awaits `body`, or gives it up at a random moment in one of several ways.
task<> give_up_sometimes(task<> body, unsigned way, unsigned moment) {
  if (way % 4 == 0) {
    auto limited = wait_for(std::move(body), std::chrono::microseconds(moment));
    static_cast<void>(co_await as_result(std::move(limited)));
    co_return;
  }
  if (way % 4 == 1) {
    auto started = create_task(std::move(body));
    for (unsigned i = 0; i < moment % 4; ++i) co_await yield();
    started.cancel();
    while (!started.done()) co_await yield();
    co_return;
  }
  if (way % 4 == 2) {
    auto first = race(std::move(body), sleep(std::chrono::microseconds(moment)));
    static_cast<void>(co_await std::move(first));
    co_return;
  }
  auto brief = wait_for(std::move(body), 1ms);
  static_cast<void>(co_await as_result(std::move(brief)));
}

task<> write_many(unix_stream& to, ledger& all, unsigned seed, int rounds) {
  std::minstd_rand random(seed);
  for (int i = 0; i < rounds; ++i) {
    const std::size_t size = 1 + random() % 5000;
    const auto way = static_cast<unsigned>(random());
    const auto moment = static_cast<unsigned>(random() % 200);
    co_await give_up_sometimes(write_once(to, all, size), way, moment);
  }
}

task<> read_many(unix_stream& from, ledger& all, unsigned seed, const bool& done) {
  std::minstd_rand random(seed);
  while (!done) {
    const std::size_t size = 1 + random() % 5000;
    const auto way = static_cast<unsigned>(random());
    const auto moment = static_cast<unsigned>(random() % 200);
    co_await give_up_sometimes(read_once(from, all, size), way, moment);
  }
}

task<> write_then_tell(unix_stream& to, ledger& all, unsigned seed, int rounds, bool& done) {
  co_await write_many(to, all, seed, rounds);
  done = true;
}

task<> wait_for_a_byte(unix_stream& from, std::string& got) {
  std::array<char, 8> room{};
  auto count = co_await as_result(from.read_some(as_writable_bytes(room)));
  if (count) got.assign(room.data(), *count);
}

struct ending {};
using resident = lifetime_probe<ending>;

task<> wait_in_some_way(unix_stream& quiet, unsigned way) {
  const resident probe;
  std::array<std::byte, 16> room{};
  if (way % 5 == 0) static_cast<void>(co_await quiet.read_some(room));
  if (way % 5 == 1) co_await sleep(1h);
  if (way % 5 == 2) static_cast<void>(co_await wait_for(read_file("/proc/self/maps"), 1h));
  if (way % 5 == 3) {
    auto [near, far] = unix_stream::pair();
    co_await gather(near.read_exactly(room), sleep(1h));
  }
  for (;;) co_await yield();
}

task<> live_in_some_way(unsigned way) {
  auto [near, far] = unix_stream::pair();
  co_await wait_in_some_way(near, way);
}

task<> end_at_a_moment(unsigned seed) {
  std::minstd_rand random(seed);
  for (unsigned i = 0; i < 20; ++i) {
    static_cast<void>(create_task(live_in_some_way(static_cast<unsigned>(random()))));
  }
  const auto turns = random() % 40;
  for (unsigned i = 0; i < turns; ++i) co_await yield();
  if (random() % 3 == 0) throw std::runtime_error("an end by an error");
}

task<> play_with_ends(unsigned seed, int rounds) {
  auto [near, far] = unix_stream::pair();
  ledger all;
  bool done = false;
  co_await gather(write_then_tell(near, all, seed, rounds, done),
                  read_many(far, all, seed + 1, done));
  co_await near.close();
  for (std::uint64_t before = 1; before != all.read;) {
    before = all.read;
    co_await read_once(far, all, 4096);
  }
  CHECK(all.written > 0);
  CHECK(all.read == all.written);
  CHECK(all.wrong == 0);
  CHECK(all.buffers.is_undisturbed());
}

}  // namespace

TEST_CASE(
    "given up at random, an operation writes to no buffer that it gave back, and no byte goes") {
  const auto rounds = static_cast<int>(command_line::number_of("rounds", "TRIDEM_ROUNDS", 300));
  const command_line::seeds seeds = command_line::seeds_to_play(10);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    CAPTURE(seed);
    tridem::run(play_with_ends(static_cast<unsigned>(seed), rounds));
  }
}

TRIDEM_TEST("closed under a read, a number that comes again brings nothing of what it was before") {
  int reused = 0;
  for (int round = 0; round < 200; ++round) {
    auto [near, far] = unix_stream::pair();
    const int number = near.native_handle();
    std::string got;
    auto waiting = create_task(wait_for_a_byte(near, got));
    for (int i = 0; i < round % 4; ++i) co_await yield();
    const std::string_view old = "old";
    if (round % 2 == 0) co_await far.write_all(as_bytes(old));
    co_await near.close();
    co_await waiting;
    CHECK((got.empty() || got == "old"));

    auto [a, b] = unix_stream::pair();
    reused += a.native_handle() == number || b.native_handle() == number;
    const auto late = co_await as_result(far.write_some(as_bytes(old)));
    CHECK(!late);
    for (auto* const ends : {&a, &b}) {
      unix_stream& to = ends == &a ? b : a;
      co_await to.write_all(as_bytes(std::string_view("new")));
      std::array<char, 8> room{};
      const std::size_t count = co_await ends->read_some(as_writable_bytes(room));
      CHECK(std::string_view(room.data(), count) == "new");
    }
  }
  CHECK(reused == 200);
}

TEST_CASE("a loop may end at any moment, whatever waits on it") {
  const command_line::seeds seeds = command_line::seeds_to_play(300);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    CAPTURE(seed);
    try {
      tridem::run(end_at_a_moment(static_cast<unsigned>(seed)));
    } catch (const std::runtime_error&) {
    }
    CHECK(resident::counts.live() == 0);
  }
  CHECK(resident::counts.constructed > 0);
}
