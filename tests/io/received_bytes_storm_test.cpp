// SPDX-License-Identifier: MIT
// Hundreds of streams receive at once in the memory of one loop, are cut short at random, and keep
// what they got for a while: every byte comes once, and all that was lent goes back.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/io/received_bytes.hpp>
#include <tridem/io/unix.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <chrono>
#include <deque>
#include <random>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

constexpr int streams = 300;
constexpr int messages = 30;
constexpr std::size_t kept_max = 8;  // 300 times 8 is more than the loop has

std::byte byte_at(std::uint64_t position) {
  return static_cast<std::byte>(position * 131 % 251);
}

struct line {
  unix_stream near;
  unix_stream far;
  std::mt19937 random;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  int cut_short = 0;
};

task<> send_messages(line& one) {
  std::vector<std::byte> message;
  for (int i = 0; i < messages; ++i) {
    message.resize(1 + one.random() % (i % 10 == 0 ? 40'000 : 400));
    for (std::byte& b : message) b = byte_at(one.sent++);
    co_await one.near.write_all(message);
    if (one.random() % 2 == 0) co_await sleep(std::chrono::microseconds(one.random() % 300));
  }
  co_await one.near.shutdown();
}

/// Receives within no more than `patience`; false when nothing came.
task<bool> receive_in_time(line& one, duration patience, received_bytes& got) {
  try {
    got = co_await wait_for(one.far.receive(), patience);
    co_return true;
  } catch (const timeout_error&) {
    ++one.cut_short;
  }
  co_return false;
}

task<> receive_all(line& one) {
  std::deque<received_bytes> kept;
  for (;;) {
    received_bytes got;
    const bool came =
        co_await receive_in_time(one, std::chrono::microseconds(one.random() % 100), got);
    if (!came) continue;
    if (got.empty()) co_return;
    bool is_right = true;
    for (const std::byte b : got.bytes()) is_right &= b == byte_at(one.received++);
    CHECK(is_right);
    kept.push_back(std::move(got));
    while (kept.size() > one.random() % (kept_max + 1)) kept.pop_front();
  }
}

/// How many buffers of its own the loop can lend now.
task<std::size_t> count_of_loop() {
  auto [from, to] = unix_stream::pair();
  std::vector<received_bytes> held;
  for (unsigned i = 0; i < detail::buffer_pool::count_max; ++i) {
    co_await from.write_all(as_bytes("x"));
    held.push_back(co_await to.receive());
  }
  std::size_t of_loop = 0;
  for (received_bytes& one : held) of_loop += one.release().is_of_pool();
  co_return of_loop;
}

TRIDEM_TEST("a storm of receives that are cut short loses no byte and no buffer") {
  const test::command_line::seeds seeds = test::command_line::seeds_to_play(1);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    std::deque<line> lines;
    std::vector<task<>> all;
    for (int i = 0; i < streams; ++i) {
      auto [near, far] = unix_stream::pair();
      const auto own_seed = static_cast<unsigned>(seed * streams) + static_cast<unsigned>(i);
      line& one = lines.emplace_back(std::move(near), std::move(far), std::mt19937(own_seed));
      all.push_back(send_messages(one));
      all.push_back(receive_all(one));
    }
    co_await gather(std::move(all));
    int cut_short = 0;
    for (const line& one : lines) {
      CHECK(one.received == one.sent);
      cut_short += one.cut_short;
    }
    CHECK(cut_short > streams);
    // The kernel holds some for the next ones.
    const std::size_t of_loop = co_await count_of_loop();
    CHECK(of_loop > 500);
  }
}

}  // namespace
