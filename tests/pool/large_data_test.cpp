// SPDX-License-Identifier: MIT
// Every way in which bytes cross, at every size at which the way changes; and what is reused.
#include "tests/support/async_test.hpp"

#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

using tridem::process_pool;
using tridem::shared_array;
using tridem::detail::inline_bytes;
using tridem::detail::largest_in_arena;

namespace {

/// A pattern without a period, so that bytes in a wrong place are seen.
void fill(char* into, std::size_t size) {
  std::uint64_t state = size + 1;
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::memcpy(into + at, &state, 8);
  }
  for (; at < size; ++at) into[at] = static_cast<char>(at);
}
bool is_filled(const char* bytes, std::size_t size) {
  std::uint64_t state = size + 1;
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    if (std::memcmp(bytes + at, &state, 8) != 0) return false;
  }
  for (; at < size; ++at) {
    if (bytes[at] != static_cast<char>(at)) return false;
  }
  return true;
}
template <class Container>
Container filled(std::size_t size) {
  Container bytes(size, '\0');
  fill(bytes.data(), size);
  return bytes;
}

// Arguments: the size when the bytes are right.
constexpr std::uint64_t wrong = ~std::uint64_t{0};
std::uint64_t take_span(std::span<const char> bytes) {
  return is_filled(bytes.data(), bytes.size()) ? bytes.size() : wrong;
}
std::uint64_t take_view(std::string_view bytes) {
  return is_filled(bytes.data(), bytes.size()) ? bytes.size() : wrong;
}
std::uint64_t take_string(const std::string& bytes) {
  return is_filled(bytes.data(), bytes.size()) ? bytes.size() : wrong;
}
std::uint64_t take_vector(std::vector<char> bytes) {
  return is_filled(bytes.data(), bytes.size()) ? bytes.size() : wrong;
}
std::uint64_t take_array(shared_array<char> bytes) {
  return is_filled(bytes.data(), bytes.size()) ? bytes.size() : wrong;
}
// Results.
std::string same_string(std::string bytes) {
  return bytes;
}
std::string give_string(std::size_t size) {
  return filled<std::string>(size);
}
std::vector<char> give_vector(std::size_t size) {
  return filled<std::vector<char>>(size);
}
shared_array<char> give_array(std::size_t size) {
  shared_array<char> bytes(size);
  fill(bytes.data(), size);
  return bytes;
}
double add(std::vector<double> numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum;
}
std::vector<double> double_each(std::span<const double> numbers) {
  std::vector<double> all(numbers.begin(), numbers.end());
  for (double& number : all) number *= 2;
  return all;
}

std::uintptr_t address_of(shared_array<int> numbers) {
  ++numbers[0];
  return reinterpret_cast<std::uintptr_t>(numbers.data());
}
int first_of(shared_array<int> numbers) {
  return numbers[0];
}
/// Blocks of shared memory that this process has mapped.
int count_mapped() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) {
    count += line.find("tridem shared memory") != line.npos;
  }
  return count;
}

tridem::task<> check_size(process_pool& pool, std::size_t size) {
  CAPTURE(size);
  {
    const auto bytes = filled<std::string>(size);
    const std::span<const char> span(bytes);
    const std::uint64_t by_span = co_await pool.submit<&take_span>(span);
    CHECK(by_span == size);
    const std::string_view view(bytes);
    const std::uint64_t by_view = co_await pool.submit<&take_view>(view);
    CHECK(by_view == size);
  }
  auto string = filled<std::string>(size);
  const std::uint64_t by_string = co_await pool.submit<&take_string>(std::move(string));
  CHECK(by_string == size);
  auto vector = filled<std::vector<char>>(size);
  const std::uint64_t by_vector = co_await pool.submit<&take_vector>(std::move(vector));
  CHECK(by_vector == size);
  {
    shared_array<char> array(size);
    fill(array.data(), size);
    const std::uint64_t by_array = co_await pool.submit<&take_array>(array);
    CHECK(by_array == size);
  }
  {
    const std::string back = co_await pool.submit<&give_string>(size);
    CHECK(back.size() == size);
    CHECK(is_filled(back.data(), back.size()));
  }
  {
    const std::vector<char> back = co_await pool.submit<&give_vector>(size);
    CHECK(back.size() == size);
    CHECK(is_filled(back.data(), back.size()));
  }
  const shared_array<char> back = co_await pool.submit<&give_array>(size);
  CHECK(back.size() == size);
  CHECK(is_filled(back.data(), back.size()));
}

}  // namespace

TRIDEM_TEST("small sizes cross, in the slot and just beyond it") {
  process_pool pool{{.workers = 1}};
  for (std::size_t size = 0; size <= 2 * inline_bytes; ++size) co_await check_size(pool, size);
  // Counts of one, two and three bytes.
  for (const std::size_t size : {126, 127, 128, 129, 4095, 4096, 4097, 16383, 16384, 16385}) {
    co_await check_size(pool, size);
  }
}

TRIDEM_TEST("sizes around the end of the arena cross") {
  process_pool pool{{.workers = 1}};
  // The count in front takes four bytes.
  co_await check_size(pool, largest_in_arena - 4);
  co_await check_size(pool, largest_in_arena - 3);
  co_await check_size(pool, largest_in_arena + 1);
}

TRIDEM_TEST("numbers arrive aligned, whatever stands before them") {
  process_pool pool{{.workers = 1}};
  for (const std::size_t count : {0, 1, 63, 64, 65, 100'000}) {
    std::vector<double> numbers(count, 0.5);
    const std::vector<double> doubled =
        co_await pool.submit<&double_each>(std::span<const double>(numbers));
    CHECK(doubled == std::vector<double>(count, 1.0));
    const double sum = co_await pool.submit<&add>(std::move(numbers));
    CHECK(sum == 0.5 * static_cast<double>(count));
  }
}

TRIDEM_TEST("a message is as large as max_message, and not a byte larger") {
  constexpr std::size_t limit = 100'000;
  process_pool pool{{.workers = 1, .max_message = limit}};
  // The count in front takes three bytes.
  for (const std::size_t size : {limit - 4, limit - 3}) co_await check_size(pool, size);
  auto bytes = filled<std::vector<char>>(limit - 2);
  CHECK_THROWS_AS(co_await pool.submit<&take_vector>(std::move(bytes)), tridem::message_too_large);
  CHECK_THROWS_AS(co_await pool.submit<&give_vector>(limit - 2), tridem::message_too_large);
  co_await check_size(pool, 10);
}

TRIDEM_TEST("more than four GiB cross, if asked for by TRIDEM_TEST_4GIB") {
  if (std::getenv("TRIDEM_TEST_4GIB") == nullptr) co_return;
  process_pool pool{{.workers = 1, .max_message = std::size_t{5} << 30}};
  co_await check_size(pool, (std::size_t{4} << 30) + 1);
}

TRIDEM_TEST("a worker keeps the mapping of a block for the next call") {
  process_pool pool{{.workers = 1}};
  shared_array<int> numbers(1000);
  const std::uintptr_t first = co_await pool.submit<&address_of>(numbers);
  const std::uintptr_t second = co_await pool.submit<&address_of>(numbers);
  CHECK(numbers[0] == 2);
  // On a machine that pauses for longer than a mapping is kept it may be another one.
  WARN(first == second);
  // Many blocks of one size: none is taken for another.
  for (int i = 0; i < 40; ++i) {
    shared_array<int> other(1000);
    other[0] = i;
    const int seen = co_await pool.submit<&first_of>(other);
    CHECK(seen == i);
  }
}

TRIDEM_TEST("a worker lets go of blocks that nobody sends any more") {
  process_pool pool{{.workers = 1}};
  for (int i = 0; i < 5; ++i) {
    shared_array<int> numbers(1000);
    (void)co_await pool.submit<&first_of>(numbers);
  }
  // It wakes once to do so; asking keeps it awake only for a moment.
  int mapped = -1;
  for (int i = 0; i < 600 && mapped != 0; ++i) {
    co_await tridem::sleep(std::chrono::milliseconds(50));
    mapped = co_await pool.submit<&count_mapped>();
  }
  CHECK(mapped == 0);
}

TRIDEM_TEST("the block of a large message lies ready for the next one, and for no longer") {
  process_pool pool{{.workers = 1}};
  const auto bytes = filled<std::string>(largest_in_arena + 1);
  const std::string back = co_await pool.submit<&same_string>(bytes);
  CHECK(back == bytes);
  // In both directions; that of the arguments as soon as the worker has put it down.
  CHECK(pool.stats().kept_bytes >= bytes.size());
  const std::string again = co_await pool.submit<&same_string>(bytes);
  CHECK(again == bytes);
  CHECK(pool.stats().kept_bytes >= bytes.size());
  CHECK(pool.stats().kept_bytes < 3 * bytes.size());
  // Small calls do not keep it alive.
  int mapped = -1;
  std::size_t kept = 1;
  for (int i = 0; i < 600 && (mapped != 0 || kept != 0); ++i) {
    co_await tridem::sleep(std::chrono::milliseconds(50));
    mapped = co_await pool.submit<&count_mapped>();
    kept = pool.stats().kept_bytes;
  }
  CHECK(mapped == 0);
  CHECK(kept == 0);
  CHECK(count_mapped() == 0);
}

TRIDEM_TEST("a block that is much too large gives way to those that suffice") {
  process_pool pool{{.workers = 1}};
  constexpr std::size_t large = std::size_t{64} << 20;
  constexpr std::size_t enough = largest_in_arena + 1;
  const std::uint64_t first = co_await pool.submit<&take_string>(filled<std::string>(large));
  CHECK(first == large);
  // The first of these still find the large one.
  const auto bytes = filled<std::string>(enough);
  std::size_t kept = large;
  for (int i = 0; i < 600 && kept >= large; ++i) {
    const std::uint64_t size = co_await pool.submit<&take_string>(bytes);
    CHECK(size == enough);
    co_await tridem::sleep(std::chrono::milliseconds(50));
    kept = pool.stats().kept_bytes;
  }
  CHECK(kept < large);
}

TRIDEM_TEST("where memory is limited no large block lies ready") {
  process_pool pool{{.workers = 1, .max_memory_per_worker = 8 * largest_in_arena}};
  const auto bytes = filled<std::string>(largest_in_arena + 1);
  for (int i = 0; i < 3; ++i) {
    const std::string back = co_await pool.submit<&same_string>(bytes);
    CHECK(back == bytes);
    CHECK(pool.stats().kept_bytes == 0);
  }
}
