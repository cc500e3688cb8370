// SPDX-License-Identifier: MIT
// Numbers, enums, times and paths come back.
#include "tests/pool/codec_support.hpp"

#include <cstdint>
#include <limits>
#include <string>

using tridem::malformed_message;
using namespace tridem::test;

namespace {
enum class colour : std::uint16_t { red = 1, blue = 700 };
}

TEST_CASE("codec_basic: numbers, enums and times come back") {
  CHECK(comes_back(0));
  CHECK(comes_back(std::numeric_limits<std::int64_t>::min()));
  CHECK(comes_back(std::numeric_limits<double>::denorm_min()));
  CHECK(comes_back(3.25L));
  CHECK(comes_back('x'));
  CHECK(comes_back(true));
  CHECK(comes_back(false));
  CHECK(comes_back(colour::blue));
  CHECK(comes_back(std::byte{200}));
  CHECK(comes_back(std::monostate()));
  CHECK(comes_back(std::chrono::milliseconds(-17)));
  CHECK(comes_back(std::chrono::duration<double>(0.5)));
  CHECK(comes_back(std::chrono::steady_clock::now()));
  CHECK(comes_back(std::filesystem::path("/tmp/\xff\n name")));
}
