// SPDX-License-Identifier: MIT
// Aggregates come back, whatever stands in them, and damage never does harm.
#include "tests/pool/codec_support.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

using tridem::malformed_message;
using namespace tridem::test;

namespace {
enum class colour : std::uint16_t { red = 1, blue = 700 };

struct point {
  double x;
  double y;
  bool operator==(const point&) const = default;
};

struct nothing {
  bool operator==(const nothing&) const = default;
};

struct no_default {
  explicit no_default(int n) : value(n) {}
  int value;
  bool operator==(const no_default&) const = default;
};

struct picture {
  std::string name;
  point where;
  colour shade = colour::red;
  std::vector<std::vector<point>> lines;
  std::optional<std::string> remark;
  std::variant<std::monostate, int, std::string> extra;
  std::map<std::string, std::vector<int>> index;
  bool visible = false;
  nothing empty;
  bool operator==(const picture&) const = default;
};

picture a_picture() {
  return {.name = "a picture whose name does not fit into the small string buffer",
          .where = {1.5, -2},
          .shade = colour::blue,
          .lines = {{{0, 1}, {2, 3}}, {}, {{4, 5}}},
          .remark = "remark",
          .extra = std::string("extra"),
          .index = {{"a", {1, 2, 3}}, {"b", {}}},
          .visible = true,
          .empty = {}};
}

}  // namespace

template <>
struct tridem::codec<no_default> {
  static void write(message_writer& out, const no_default& object) { encode(out, object.value); }
  static no_default read(message_reader& in) { return no_default(decode<int>(in)); }
};

TEST_CASE("codec_aggregate: structs come back field by field") {
  CHECK(comes_back(nothing()));
  CHECK(comes_back(no_default(5)));
  CHECK(comes_back(a_picture()));
}

TEST_CASE("codec_aggregate: every cut of a message is malformed") {
  const auto message = bytes_of(a_picture());
  for (std::size_t size = 0; size < message.size(); ++size) {
    CHECK_THROWS_AS((void)value_of<picture>(std::span(message).first(size)), malformed_message);
  }
  auto longer = message;
  longer.push_back(std::byte{0});
  CHECK_THROWS_WITH_AS((void)value_of<picture>(longer), doctest::Contains("1 bytes too many"),
                       malformed_message);
}

TEST_CASE("codec_aggregate: random damage throws or gives some value") {
  const auto message = bytes_of(a_picture());
  std::mt19937 random(20240607);
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = message;
    for (int i = 0; i < 3; ++i) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random() % 256);
    }
    try {
      (void)value_of<picture>(damaged);
    } catch (const malformed_message&) {
    }
  }
}
