// SPDX-License-Identifier: MIT
// Values come back equal, and no message, however wrong, does more than throw malformed_message.
#include <tridem/pool/codec.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace {

using tridem::malformed_message;
using tridem::message_reader;
using tridem::message_writer;

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  message_writer measure;
  tridem::encode(measure, value);
  std::vector<std::byte> message(measure.size());
  message_writer out(message);
  tridem::encode(out, value);
  CHECK(out.fits());
  CHECK(out.size() == message.size());
  return message;
}

template <class T>
T value_of(std::span<const std::byte> message) {
  message_reader in(message, {}, message_reader::views::allowed);
  T value = tridem::decode<T>(in);
  in.expect_end();
  return value;
}

template <class T>
bool comes_back(const T& value) {
  return value_of<T>(bytes_of(value)) == value;
}

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

struct tree {
  int value = 0;
  std::vector<tree> children;
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

TEST_CASE("codec: numbers, enums and times come back") {
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

TEST_CASE("codec: containers come back") {
  CHECK(comes_back(std::string()));
  CHECK(comes_back(std::string("with a \0 inside", 15)));
  CHECK(comes_back(std::u32string(U"wide")));
  CHECK(comes_back(std::vector<int>{}));
  CHECK(comes_back(std::vector<int>(100'000, 7)));
  CHECK(comes_back(std::vector<std::byte>(1000, std::byte{9})));
  CHECK(comes_back(std::vector<bool>{true, false, true}));
  CHECK(comes_back(std::vector<std::string>{"a", "", "ccc"}));
  CHECK(comes_back(std::vector<nothing>(300)));
  CHECK(comes_back(std::vector<no_default>(3, no_default(4))));
  CHECK(comes_back(std::deque<std::string>{"a", "b"}));
  CHECK(comes_back(std::list<int>{1, 2}));
  CHECK(comes_back(std::array<int, 3>{1, 2, 3}));
  CHECK(comes_back(std::array<std::string, 2>{"one", "two"}));
  CHECK(comes_back(std::array<int, 0>{}));
  CHECK(comes_back(std::set<int>{3, 1, 2}));
  CHECK(comes_back(std::multiset<int>{1, 1, 2}));
  CHECK(comes_back(std::map<int, std::string>{{1, "a"}, {2, "b"}}));
  CHECK(comes_back(std::multimap<int, int>{{1, 1}, {1, 2}}));
  CHECK(comes_back(std::unordered_set<std::string>{"a", "b"}));
  CHECK(comes_back(std::unordered_map<std::string, int>{{"a", 1}, {"b", 2}}));
}

TEST_CASE("codec: sums, products and aggregates come back") {
  CHECK(comes_back(std::pair<int, std::string>(1, "one")));
  CHECK(comes_back(std::tuple<int, std::string, bool>(1, "one", true)));
  CHECK(comes_back(std::tuple<>()));
  CHECK(comes_back(std::optional<int>()));
  CHECK(comes_back(std::optional<std::string>("here")));
  CHECK(comes_back(std::variant<int, std::string>("text")));
  CHECK(comes_back(std::variant<int, std::monostate, nothing>(nothing())));
  CHECK(comes_back(nothing()));
  CHECK(comes_back(no_default(5)));
  CHECK(comes_back(a_picture()));
}

TEST_CASE("codec: views point into the message and are aligned") {
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

TEST_CASE("codec: a small buffer is measured, never overrun") {
  std::byte buffer[8];
  std::memset(buffer, 0x5a, sizeof(buffer));
  message_writer out(std::span(buffer, 4));
  tridem::encode(out, std::string("longer than four"));
  CHECK_FALSE(out.fits());
  CHECK(out.size() == 17);
  CHECK(buffer[4] == std::byte{0x5a});
}

TEST_CASE("codec: every cut of a message is malformed") {
  const auto message = bytes_of(a_picture());
  for (std::size_t size = 0; size < message.size(); ++size) {
    CHECK_THROWS_AS((void)value_of<picture>(std::span(message).first(size)), malformed_message);
  }
  auto longer = message;
  longer.push_back(std::byte{0});
  CHECK_THROWS_WITH_AS((void)value_of<picture>(longer), doctest::Contains("1 bytes too many"),
                       malformed_message);
}

TEST_CASE("codec: lying counts are refused before anything is allocated") {
  message_writer measure;
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

TEST_CASE("codec: nesting is bounded") {
  // Each level is a value and a count of one child.
  std::vector<std::byte> message;
  for (int i = 0; i < 10'000; ++i) {
    message.insert(message.end(), 4, std::byte{0});
    message.push_back(std::byte{1});
  }
  CHECK_THROWS_WITH_AS((void)value_of<tree>(message), doctest::Contains("nested deeper"),
                       malformed_message);
}

TEST_CASE("codec: random damage throws or gives some value") {
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
