// SPDX-License-Identifier: MIT
// A type of your own crosses by a specialisation of codec.
#include "tests/pool/codec_support.hpp"

#include <cstdint>
#include <string>
#include <utility>

using tridem::malformed_message;
using namespace tridem::test;

namespace {

class money {
 public:
  money(std::int64_t cents, std::string currency) : cents_(cents), currency_(std::move(currency)) {}
  std::int64_t cents() const { return cents_; }
  const std::string& currency() const { return currency_; }
  bool operator==(const money&) const = default;

 private:
  std::int64_t cents_;
  std::string currency_;
};

}  // namespace

template <>
struct tridem::codec<money> {
  static void write(message_writer& out, const money& amount) {
    tridem::encode(out, amount.cents());
    tridem::encode(out, amount.currency());
  }
  static money read(message_reader& in) {
    auto cents = tridem::decode<std::int64_t>(in);
    auto currency = tridem::decode<std::string>(in);
    return money(cents, std::move(currency));
  }
};

TEST_CASE("codec: a specialisation carries a class, also inside of others") {
  CHECK(comes_back(money(1250, "EUR")));
  CHECK(comes_back(std::vector<money>{money(1, "EUR"), money(2, "CHF")}));
  CHECK(comes_back(std::optional<money>(money(1, "EUR"))));
  const auto message = bytes_of(money(1250, "EUR"));
  CHECK_THROWS_AS((void)value_of<money>(std::span(message).first(9)), malformed_message);
}
