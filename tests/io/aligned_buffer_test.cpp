// SPDX-License-Identifier: MIT
// Memory for direct I/O: where it lies, and how long it is.
#include <tridem/io/aligned_buffer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

using namespace tridem;

TEST_CASE("address and size are multiples of the alignment, and the bytes are zero") {
  for (const std::size_t alignment : {1U, 512U, 4096U, 65536U}) {
    for (const std::size_t size : {1U, 4096U, 70'000U}) {
      const aligned_buffer buffer(size, alignment);
      CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % alignment == 0);
      CHECK(buffer.size() % alignment == 0);
      CHECK(buffer.size() >= size);
      CHECK(buffer.size() < size + alignment);
      CHECK(std::ranges::count(buffer, std::byte{0}) == static_cast<std::ptrdiff_t>(buffer.size()));
    }
  }
}

TEST_CASE("a moved buffer keeps its place, and is a buffer for reads and writes") {
  aligned_buffer first(100);
  std::byte* const place = first.data();
  aligned_buffer second = std::move(first);
  CHECK(second.data() == place);
  const mutable_buffer into(second);
  CHECK(into.size() == 4096);
  const const_buffer from(std::as_const(second));
  CHECK(from.data() == place);
}
