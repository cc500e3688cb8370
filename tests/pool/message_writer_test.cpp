// SPDX-License-Identifier: MIT
// A writer measures what does not fit, and never writes past its buffer.
#include "tests/pool/codec_support.hpp"

#include <cstring>
#include <string>

using tridem::malformed_message;
using namespace tridem::test;

using tridem::message_writer;

TEST_CASE("message_writer: a small buffer is measured, never overrun") {
  std::byte buffer[8];
  std::memset(buffer, 0x5a, sizeof(buffer));
  message_writer out(std::span(buffer, 4));
  tridem::encode(out, std::string("longer than four"));
  CHECK_FALSE(out.fits());
  CHECK(out.size() == 17);
  CHECK(buffer[4] == std::byte{0x5a});
}
