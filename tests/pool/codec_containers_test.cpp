// SPDX-License-Identifier: MIT
// Strings, sequences, sets and maps come back.
#include "tests/pool/codec_support.hpp"

#include <string>
#include <vector>

using tridem::malformed_message;
using namespace tridem::test;

namespace {
struct nothing {
  bool operator==(const nothing&) const = default;
};

struct no_default {
  explicit no_default(int n) : value(n) {}
  int value;
  bool operator==(const no_default&) const = default;
};

}  // namespace

template <>
struct tridem::codec<no_default> {
  static void write(message_writer& out, const no_default& object) { encode(out, object.value); }
  static no_default read(message_reader& in) { return no_default(decode<int>(in)); }
};

TEST_CASE("codec_containers: containers come back") {
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
