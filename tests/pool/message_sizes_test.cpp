// SPDX-License-Identifier: MIT
// Arguments and results of every size at which they begin to travel in another way.
//
// `--huge=1` (or TRIDEM_HUGE) adds messages of more than 4 GiB, which need 12 GiB of memory.
#include "tests/support/async_test.hpp"
#include "tests/support/command_line.hpp"

#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/detail/plain_copy.hpp>
#include <tridem/pool/message_writer.hpp>
#include <tridem/pool/process_pool.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tridem::detail;

namespace {

/// The pattern of a text: no part of it is like its neighbour.
char letter(std::size_t i) {
  return static_cast<char>('a' + (i ^ (i >> 8) ^ (i >> 16)) % 26);
}
std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = letter(i);
  return text;
}
bool is_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != letter(i)) return false;
  }
  return true;
}

std::string again(std::string text) {
  return text;
}
std::u16string wide_again(std::u16string text) {
  return text;
}
std::size_t length_if_whole(std::string_view text) {
  return is_text(text) ? text.size() : 0;
}

template <class T>
std::vector<T> numbers_of(std::size_t count) {
  std::vector<T> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<T>(i * 31 + (i >> 8));
  return numbers;
}
template <class T>
std::vector<T> numbers_again(std::vector<T> numbers) {
  return numbers;
}
template <class T>
std::size_t count_of(std::span<const T> numbers) {
  return numbers.size();
}

/// Numbers of one width, of counts around those at which their memory is asked for in another way.
template <class T>
tridem::task<> check_numbers(tridem::process_pool& pool) {
  constexpr std::size_t border = worth_huge_pages / sizeof(T);
  const std::size_t counts[] = {0, 1, 3, 1000, border - 1, border, border + 1, 4 * border + 3};
  for (const std::size_t count : counts) {
    const std::vector<T> numbers = numbers_of<T>(count);
    // The numbers stay ours, and what goes is a copy; of a view too.
    const std::vector<T> back = co_await pool.submit<&numbers_again<T>>(numbers);
    CHECK(back == numbers);
    const std::size_t seen = co_await pool.submit<&count_of<T>>(numbers);
    CHECK(seen == count);
    CHECK(numbers == numbers_of<T>(count));
  }
}

/// The bytes of a text on its way.
std::size_t message_of(const std::string& text) {
  tridem::message_writer out(std::span<std::byte>{});
  tridem::encode(out, text);
  return out.size();
}

/// Texts whose messages have one byte less than `border`, as many, and one more.
std::vector<std::size_t> sizes_around(std::size_t border) {
  const std::size_t beside_text = message_of(text_of(border)) - border;
  return {border - beside_text - 1, border - beside_text, border - beside_text + 1};
}

}  // namespace

TRIDEM_TEST("message_sizes: whatever the size, what comes is what went") {
  tridem::process_pool pool{{.workers = 1}};
  std::vector<std::size_t> sizes{0, 1};
  for (const std::size_t border :
       {inline_bytes, std::size_t{4096}, arena_first_bytes, largest_in_arena, arena_bytes}) {
    for (const std::size_t size : sizes_around(border)) sizes.push_back(size);
  }
  for (const std::size_t size : sizes) {
    const std::string text = text_of(size);
    const std::size_t seen = co_await pool.submit<&length_if_whole>(text);
    CHECK(seen == size);
    const std::string back = co_await pool.submit<&again>(text);
    CHECK(back == text);
  }
}

TRIDEM_TEST("message_sizes: numbers of every width arrive as they were") {
  tridem::process_pool pool{{.workers = 1}};
  co_await check_numbers<std::byte>(pool);
  co_await check_numbers<std::int16_t>(pool);
  co_await check_numbers<char32_t>(pool);
  co_await check_numbers<double>(pool);
  std::u16string text(worth_huge_pages / 2 + 1, u'x');
  text.back() = u'y';
  const std::u16string back = co_await pool.submit<&wide_again>(text);
  CHECK(back == text);
}

TRIDEM_TEST("message_sizes: a message may be as large as is allowed, and no byte larger") {
  constexpr std::size_t limit = 100'000;
  tridem::process_pool pool{{.workers = 1, .max_message = limit}};
  for (const std::size_t size : sizes_around(limit)) {
    const std::string text = text_of(size);
    bool is_refused = false;
    std::size_t told = 0;
    try {
      const std::string back = co_await pool.submit<&again>(text);
      CHECK(back == text);
    } catch (const tridem::message_too_large& error) {
      is_refused = true;
      told = error.size();
    }
    CHECK(is_refused == (message_of(text) > limit));
    CHECK((!is_refused || told == message_of(text)));
  }
  co_await pool.shutdown();
  CHECK(pool.stats().started_workers == 1);
}

TRIDEM_TEST("message_sizes: more than four gigabytes, there and back") {
  if (tridem::test::command_line::number_of("huge", "TRIDEM_HUGE", 0) == 0) co_return;
  constexpr std::size_t size = (std::size_t{4} << 30) + 1;
  tridem::process_pool pool{{.workers = 1, .max_message = std::size_t{5} << 30}};
  {
    const std::string text = text_of(size);
    const std::size_t seen = co_await pool.submit<&length_if_whole>(text);
    CHECK(seen == size);
  }
  const std::string made = co_await pool.submit<&text_of>(size);
  CHECK(made.size() == size);
  CHECK(is_text(made));
}
