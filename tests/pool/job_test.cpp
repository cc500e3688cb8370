// SPDX-License-Identifier: MIT
// Functions are registered before main, found by number, and called with what was encoded.
#include <tridem/pool/job.hpp>

#include <doctest/doctest.h>

#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tridem::detail;

int twice(int n) {
  return 2 * n;
}
std::string join(std::string_view a, const std::string& b, std::vector<int>&& c) {
  return std::string(a) + b + std::to_string(c.size());
}
double sum(std::span<const double> values) noexcept {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}
void nothing() {}
void fails(int) {
  throw std::invalid_argument("no");
}

/// Keeps the bytes of a result.
struct recording final : job_reply {
  void value(const encodable& result) override {
    tridem::message_writer measure;
    result.encode(measure);
    bytes.resize(measure.size());
    tridem::message_writer out(bytes);
    result.encode(out);
  }
  std::vector<std::byte> bytes;
};

template <class R, auto Function, class... Stored>
R call(const Stored&... arguments) {
  alignas(64) std::byte message[256];
  tridem::message_writer out(message);
  (tridem::encode(out, arguments), ...);
  tridem::message_reader in(std::span<const std::byte>(message, out.size()), {},
                            tridem::message_reader::views::allowed);
  recording reply;
  job<Function>::entry.invoker()(in, reply);
  tridem::message_reader result(reply.bytes);
  R value = tridem::decode<R>(result);
  result.expect_end();
  return value;
}

}  // namespace

TEST_CASE("job: functions and lambdas are called with decoded arguments") {
  CHECK(call<int, &twice>(21) == 42);
  CHECK(call<int, [](int n) { return n + 2; }>(1) == 3);
  CHECK(call<std::string, &join>(std::string_view("a"), std::string("b"), std::vector{1, 2}) ==
        "ab2");
  const std::vector<double> values{1, 2, 3.5};
  CHECK(call<double, &sum>(std::span<const double>(values)) == 6.5);
  CHECK(call<std::monostate, &nothing>() == std::monostate());
  CHECK_THROWS_AS((call<std::monostate, &fails>(1)), std::invalid_argument);
}

TEST_CASE("job: arguments that do not fit the parameters are malformed") {
  CHECK_THROWS_AS((call<int, &twice>(1, 2)), tridem::malformed_message);
  CHECK_THROWS_AS((call<int, &twice>()), tridem::malformed_message);
}

TEST_CASE("job: indices are dense, names readable") {
  std::set<std::uint32_t> seen;
  const auto identity = identify_job_table();
  for (std::uint32_t i = 1; i <= identity.count; ++i) {
    const job_entry* entry = find_job(i);
    REQUIRE(entry != nullptr);
    CHECK(entry->index() == i);
    CHECK_FALSE(entry->name().empty());
  }
  CHECK(find_job(0) == nullptr);
  CHECK(find_job(identity.count + 1) == nullptr);
  CHECK(job<&twice>::entry.index() != 0);
  CHECK(find_job(job<&twice>::entry.index()) == &job<&twice>::entry);
  CHECK(job<&twice>::entry.name().find("twice") != std::string_view::npos);
  CHECK(job<&twice>::entry.name().find("string_view") == std::string_view::npos);
}

TEST_CASE("job: a table is identified by what is in it") {
  const auto identity = identify_job_table();
  CHECK(identity == identify_job_table());
  CHECK(identity.count >= 6);
  CHECK(identity.digest != 0);
}
