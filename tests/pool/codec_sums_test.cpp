// SPDX-License-Identifier: MIT
// pair, tuple, optional and variant come back.
#include "tests/pool/codec_support.hpp"

#include <string>

using tridem::malformed_message;
using namespace tridem::test;

namespace {
struct nothing {
  bool operator==(const nothing&) const = default;
};

}  // namespace

TEST_CASE("codec_sums: sums and products come back") {
  CHECK(comes_back(std::pair<int, std::string>(1, "one")));
  CHECK(comes_back(std::tuple<int, std::string, bool>(1, "one", true)));
  CHECK(comes_back(std::tuple<>()));
  CHECK(comes_back(std::optional<int>()));
  CHECK(comes_back(std::optional<std::string>("here")));
  CHECK(comes_back(std::variant<int, std::string>("text")));
  CHECK(comes_back(std::variant<int, std::monostate, nothing>(nothing())));
}
