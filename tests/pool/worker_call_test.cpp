// SPDX-License-Identifier: MIT
// in_worker: what it keeps, and that it can be sent as often as wanted.
#include <tridem/pool/message_reader.hpp>
#include <tridem/pool/message_writer.hpp>
#include <tridem/pool/worker_call.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

int length(std::string_view text, int more) {
  return static_cast<int>(text.size()) + more;
}

}  // namespace

TEST_CASE("a worker_call is empty until a function is named") {
  const tridem::worker_call none;
  CHECK(!none);
  const auto call = tridem::in_worker<&length>("text", 2);
  CHECK(call);
  CHECK(call.job().name() == tridem::detail::job<&length>::entry.name());
  CHECK(call.job().index() != 0);
}

TEST_CASE("the arguments are kept, and encoded anew each time") {
  tridem::worker_call copy;
  {
    std::string text = "a text that is too long for the string itself";
    const auto call = tridem::in_worker<&length>(text, 2);
    text = "changed";
    copy = call;
  }
  for (int i = 0; i < 2; ++i) {
    std::vector<std::byte> bytes(1000);
    tridem::message_writer out(bytes);
    copy.arguments().encode(out);
    tridem::message_reader in(bytes);
    CHECK(tridem::decode<std::string>(in) == "a text that is too long for the string itself");
    CHECK(tridem::decode<int>(in) == 2);
  }
}
