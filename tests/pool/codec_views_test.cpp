// SPDX-License-Identifier: MIT
// Views point into the message, aligned, and only where it outlives them.
#include "tests/pool/codec_support.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using tridem::malformed_message;
using namespace tridem::test;

using tridem::message_reader;

TEST_CASE("codec_views: views point into the message and are aligned") {
  const std::vector<double> numbers{1, 2, 3};
  const std::pair<char, std::span<const double>> sent('x', numbers);
  const auto message = bytes_of(sent);
  alignas(64) std::byte aligned[64];
  std::memcpy(aligned, message.data(), message.size());
  const auto got =
      value_of<std::pair<char, std::span<const double>>>(std::span(aligned, message.size()));
  CHECK(got.second.size() == 3);
  CHECK(got.second[2] == 3);
  CHECK(reinterpret_cast<std::uintptr_t>(got.second.data()) % alignof(double) == 0);
  CHECK(static_cast<const void*>(got.second.data()) >= static_cast<const void*>(aligned));

  const auto text = bytes_of(std::string_view("some text"));
  CHECK(value_of<std::string_view>(text) == "some text");
  message_reader in(text);
  CHECK_THROWS_WITH_AS((void)tridem::decode<std::string_view>(in),
                       doctest::Contains("return an owning type"), malformed_message);
}
