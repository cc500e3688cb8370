// SPDX-License-Identifier: MIT
// A worker that was taken over lies to its parent through their shared memory: the parent says so,
// or gets a wrong value; it never crashes, and its pool goes on.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/message_reader.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace tridem::detail;

namespace {

enum class lie : int {
  many_results,
  torn_slot,
  unknown_call,
  call_to_come,
  neither_value_nor_error,
  too_large_for_slot,
  outside_of_arena,
  beyond_arena,
  no_descriptors_sent,
  in_no_place,
  too_short_for_its_type,
  count_of_a_vector
};
constexpr int lies = 12;

/// The memory that this worker shares with its parent.
channel_memory& own_channel() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("tridem channel") == line.npos) continue;
    return *reinterpret_cast<channel_memory*>(std::stoull(line, nullptr, 16));
  }
  throw std::logic_error("no channel");
}

/// Publishes a result that is right but for one thing, and never returns.
std::vector<int> tell(lie what) {
  channel_memory& memory = own_channel();
  const std::uint64_t call = memory.header.request_tail.load() + 1;
  const std::uint64_t at = memory.header.result_head.load();
  channel_slot& slot = memory.results[at % ring_slots];
  slot.sequence = call;
  slot.what = static_cast<std::uint32_t>(result_kind::value);
  slot.place = slot_place::in_slot;
  slot.descriptors = 0;
  slot.size = 8;
  std::memset(slot.inside, 0, sizeof slot.inside);
  std::uint64_t published = 1;
  switch (what) {
    case lie::many_results:
      published = 1'000'000;
      slot.sequence = 0;
      break;
    case lie::torn_slot:
      break;
    case lie::unknown_call:
      slot.sequence = 0;
      break;
    case lie::call_to_come:
      slot.sequence = call + 7;
      break;
    case lie::neither_value_nor_error:
      slot.what = 3;
      break;
    case lie::too_large_for_slot:
      slot.size = inline_bytes + 1;
      break;
    case lie::outside_of_arena:
      slot.place = slot_place::in_arena;
      slot.set_arena_offset(arena_bytes + 64);
      break;
    case lie::beyond_arena:
      slot.place = slot_place::in_arena;
      slot.set_arena_offset(arena_bytes - 64);
      slot.size = ~std::uint64_t{0} - 10;
      break;
    case lie::no_descriptors_sent:
      slot.place = slot_place::attached;
      slot.descriptors = 3;
      break;
    case lie::in_no_place:
      slot.place = static_cast<slot_place>(9);
      break;
    case lie::too_short_for_its_type:
      slot.size = 0;
      break;
    case lie::count_of_a_vector:
      std::memset(slot.inside, 0x7f, sizeof slot.inside);
      break;
  }
  slot.check = slot.compute_check() + (what == lie::torn_slot);
  memory.header.result_head.store(at + published);
  for (;;) ::pause();
}

/// Whether the memory under the parent's feet can be taken away.
bool can_truncate(int) {
  for (int number = 3; number < 64; ++number) {
    char target[64] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(number);
    if (::readlink(link.c_str(), target, sizeof target - 1) < 0) continue;
    if (std::string(target).find("memfd:") == std::string::npos) continue;
    if (::ftruncate(number, 0) == 0 || ::ftruncate(number, off_t{1} << 40) == 0) return true;
  }
  return false;
}

/// From now on the memory changes all the time, wherever chance leads, while calls are answered.
int begin_to_scribble(int seed) {
  std::thread([seed, &memory = own_channel()] {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    auto* results = reinterpret_cast<volatile unsigned char*>(memory.results);
    auto* arena = reinterpret_cast<volatile unsigned char*>(&memory) + result_arena_at;
    for (;;) {
      const std::uint64_t chance = random();
      if (chance % 4 == 0) {
        results[chance / 4 % sizeof memory.results] = static_cast<unsigned char>(chance >> 56);
      } else {
        // Where the results of the calls below are: counts and bytes change between two looks.
        arena[chance / 4 % 4096] = static_cast<unsigned char>(chance >> 56);
      }
    }
  }).detach();
  return seed;
}

std::vector<std::string> words(int count) {
  return std::vector<std::string>(static_cast<std::size_t>(count), "some words that do not fit");
}
int twice(int n) {
  return 2 * n;
}

/// Keeps the loop turning: a liar does not ring.
tridem::task<> keep_turning() {
  for (;;) co_await tridem::sleep(1ms);
}

}  // namespace

TRIDEM_TEST("hostile_worker: each lie about a result is told to the call, and ends the worker") {
  tridem::process_pool pool{{.workers = 1}};
  auto turning = tridem::create_task(keep_turning());
  for (int what = 0; what < lies; ++what) {
    bool is_found_out = false;
    try {
      // Its worker would wait for ever; where only the message is wrong, the worker is not.
      (void)co_await pool.with({.deadline = 20s}).submit<&tell>(static_cast<lie>(what));
    } catch (const tridem::malformed_message&) {
      is_found_out = true;
    }
    CHECK_MESSAGE(is_found_out, "lie ", what);
    if (what >= static_cast<int>(lie::too_short_for_its_type)) {
      for (const int pid : pool.stats().worker_pids) ::kill(pid, SIGKILL);
      while (!pool.stats().worker_pids.empty()) co_await tridem::sleep(1ms);
    }
    CHECK(co_await pool.submit<&twice>(4) == 8);
  }
  turning.cancel();
}

TRIDEM_TEST("hostile_worker: the memory cannot be cut off below the parent") {
  tridem::process_pool pool{{.workers = 1}};
  const bool can = co_await pool.submit<&can_truncate>(0);
  CHECK_FALSE(can);
}

TRIDEM_TEST("hostile_worker: results that change while they are read harm nobody") {
  tridem::process_pool pool{{.workers = 1, .task_timeout = 5s, .timeout_grace = 1ms}};
  auto turning = tridem::create_task(keep_turning());
  const auto rounds = static_cast<int>(
      tridem::test::command_line::number_of("scribblers", "TRIDEM_SCRIBBLERS", 20));
  int values = 0;
  int errors = 0;
  for (int round = 0; round < rounds; ++round) {
    try {
      (void)co_await pool.submit<&begin_to_scribble>(round);
      for (int i = 0; i < 200; ++i) {
        (void)co_await pool.submit<&words>(i);
        ++values;
      }
    } catch (const std::exception&) {
      ++errors;
    }
  }
  CHECK(values + errors > 0);
  turning.cancel();
  co_await pool.shutdown(tridem::shutdown_mode::kill);
}
