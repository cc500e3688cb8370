// SPDX-License-Identifier: MIT
// No count in a message is believed, and nesting is bounded.
#include "tests/pool/codec_support.hpp"

#include <cstdint>
#include <string>
#include <vector>

using tridem::malformed_message;
using namespace tridem::test;

using tridem::message_writer;

namespace {
struct nothing {
  bool operator==(const nothing&) const = default;
};

struct tree {
  int value = 0;
  std::vector<tree> children;
};

}  // namespace

TEST_CASE("message_reader: lying counts are refused before anything is allocated") {
  std::byte buffer[16];
  message_writer out(buffer);
  out.length(std::uint64_t{1} << 60);
  const auto message = std::span<const std::byte>(buffer).first(out.size());
  CHECK_THROWS_AS((void)value_of<std::vector<int>>(message), malformed_message);
  CHECK_THROWS_AS((void)value_of<std::vector<nothing>>(message), malformed_message);
  CHECK_THROWS_AS((void)value_of<std::string>(message), malformed_message);
  CHECK_THROWS_AS((void)value_of<std::span<const double>>(message), malformed_message);
  CHECK_THROWS_AS((void)value_of<std::vector<tree>>(message), malformed_message);

  const std::vector<std::byte> endless(11, std::byte{0xff});
  CHECK_THROWS_AS((void)value_of<std::string>(endless), malformed_message);
  CHECK_THROWS_AS((void)value_of<bool>(bytes_of('\2')), malformed_message);
  CHECK_THROWS_AS((void)value_of<std::variant<int>>(bytes_of('\2')), malformed_message);
  CHECK_THROWS_AS((void)value_of<std::set<char>>(bytes_of(std::vector<char>{'a', 'a'})),
                  malformed_message);
}

TEST_CASE("message_reader: nesting is bounded") {
  // Each level is a value and a count of one child.
  std::vector<std::byte> message;
  for (int i = 0; i < 10'000; ++i) {
    message.insert(message.end(), 4, std::byte{0});
    message.push_back(std::byte{1});
  }
  CHECK_THROWS_WITH_AS((void)value_of<tree>(message), doctest::Contains("nested deeper"),
                       malformed_message);
}
