// SPDX-License-Identifier: MIT
// Calls without end through one pool: what it holds at the end is what it held near the beginning.
//
// A pool that wakes its workers through a pipe has stopped for ever here (cpython gh-105829).
// `--endured=10000000` (or TRIDEM_ENDURED) makes so many calls, small ones and some of 100 kB.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/gather.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t megabyte = 1'000'000;

std::uint64_t add_one(std::uint64_t number) {
  return number + 1;
}
std::string with_end(std::string text) {
  text += '.';
  return text;
}

/// A sanitizer keeps what is freed for a while, to find those who use it still.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool frees_at_once = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr bool frees_at_once = false;
#else
constexpr bool frees_at_once = true;
#endif
#else
constexpr bool frees_at_once = true;
#endif

/// What a pool could hold too much of.
struct holdings {
  std::size_t own_memory = 0;
  std::size_t worker_memory = 0;
  std::size_t own_descriptors = 0;
  std::size_t worker_descriptors = 0;
  std::size_t blocks = 0;
};

/// Without what is shared: the arenas grow to what the busiest moment needs, and no further.
std::size_t memory_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;
  file >> size >> resident >> shared;
  return (resident - shared) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}
std::size_t descriptors_of(const std::string& process) {
  const std::filesystem::directory_iterator all("/proc/" + process + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}
holdings look(const tridem::process_pool& pool) {
  const tridem::process_pool_stats now = pool.stats();
  const std::string worker = std::to_string(now.worker_pids.at(0));
  return {memory_of("self"), memory_of(worker), descriptors_of("self"), descriptors_of(worker),
          now.kept_bytes};
}

/// Each caller knows the result of each of its calls.
tridem::task<> call_again_and_again(tridem::process_pool& pool, std::uint64_t calls) {
  std::uint64_t number = 0;
  for (std::uint64_t i = 0; i < calls; ++i) {
    if (i % 1000 == 999) {
      const std::string text(100'000, 'x');
      const std::string longer = co_await pool.submit<&with_end>(text);
      REQUIRE(longer.size() == text.size() + 1);
    } else {
      const std::uint64_t next = co_await pool.submit<&add_one>(number);
      REQUIRE(next == number + 1);
      number = next;
    }
  }
}
tridem::task<> make_calls(tridem::process_pool& pool, std::uint64_t calls) {
  constexpr std::uint64_t callers = 64;
  std::vector<tridem::task<>> all;
  for (std::uint64_t i = 0; i < callers; ++i) {
    all.push_back(call_again_and_again(pool, calls / callers));
  }
  co_await tridem::gather(std::move(all));
}

}  // namespace

TRIDEM_TEST("process_endurance: calls without end leave nothing behind") {
  const auto calls = static_cast<std::uint64_t>(
      tridem::test::command_line::number_of("endured", "TRIDEM_ENDURED", 200'000));
  tridem::process_pool pool{{.workers = 1}};
  // The first tenth makes the pages that are used again and again.
  co_await make_calls(pool, std::max<std::uint64_t>(calls / 10, 64'000));
  const holdings before = look(pool);
  co_await make_calls(pool, calls);
  const holdings after = look(pool);
  MESSAGE("own memory " << before.own_memory << " -> " << after.own_memory << ", worker's "
                        << before.worker_memory << " -> " << after.worker_memory << ", descriptors "
                        << before.own_descriptors << " -> " << after.own_descriptors << " and "
                        << before.worker_descriptors << " -> " << after.worker_descriptors);
  // Results for which an arena had no room came in blocks of their own. Some are kept for a moment,
  // and the worker closes those of the last burst, of 64 at most, when it sends the next result.
  CHECK(after.own_descriptors <= before.own_descriptors + 2);
  CHECK(after.worker_descriptors <= before.worker_descriptors + 80);
  CHECK(after.blocks < megabyte);
  CHECK(pool.stats().started_workers == 1);
  if (frees_at_once) {
    // Here, 64 callers may have had a text of 100 kB three times in the same moment.
    CHECK(after.own_memory < before.own_memory + 24 * megabyte);
    CHECK(after.worker_memory < before.worker_memory + 4 * megabyte);
  }
  co_await pool.shutdown();
}
