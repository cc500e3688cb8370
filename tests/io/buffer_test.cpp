// SPDX-License-Identifier: MIT
// Bytes and text are two views of the same memory.
#include <tridem/io/buffer.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace tridem;

TEST_CASE("text as bytes and back") {
  const std::string text("a\0b\xff", 4);
  const const_buffer bytes = as_bytes(text);
  CHECK(bytes.size() == 4);
  CHECK(bytes[3] == std::byte{0xff});
  CHECK(as_text(bytes) == text);
  CHECK(as_bytes("").empty());
}

TEST_CASE("writable characters as bytes") {
  std::string text = "abc";
  as_writable_bytes(text)[1] = std::byte{'x'};
  CHECK(text == "axc");
  std::array<char, 2> pair{'p', 'q'};
  as_writable_bytes(pair)[0] = std::byte{'z'};
  CHECK(pair[0] == 'z');
}
