// SPDX-License-Identifier: MIT
// Standard exceptions arrive as what they were, all others as remote_error.
#include <tridem/pool/errors.hpp>
#include <tridem/pool/exception_codec.hpp>

#include <doctest/doctest.h>

#include <any>
#include <filesystem>
#include <new>
#include <system_error>
#include <typeinfo>
#include <vector>

namespace {

std::exception_ptr crossed(const std::exception_ptr& thrown) {
  tridem::message_writer measure;
  tridem::encode_exception(measure, thrown);
  std::vector<std::byte> message(measure.size());
  tridem::message_writer out(message);
  tridem::encode_exception(out, thrown);
  tridem::message_reader in(message);
  auto arrived = tridem::decode_exception(in, 4711);
  in.expect_end();
  return arrived;
}

template <class T>
void arrives_as_itself(const T& error) {
  try {
    std::rethrow_exception(crossed(std::make_exception_ptr(error)));
  } catch (const std::exception& arrived) {
    CHECK(typeid(arrived) == typeid(T));
    CHECK(std::string(arrived.what()) == error.what());
  }
}

struct home_made : std::runtime_error {
  home_made() : std::runtime_error("home made text") {}
};

}  // namespace

TEST_CASE("exception_codec: standard exceptions arrive as themselves") {
  arrives_as_itself(std::logic_error("logic"));
  arrives_as_itself(std::invalid_argument("argument"));
  arrives_as_itself(std::out_of_range(""));
  arrives_as_itself(std::runtime_error("text with: colon"));
  arrives_as_itself(std::overflow_error("overflow"));
  arrives_as_itself(std::bad_alloc());
  arrives_as_itself(std::bad_array_new_length());
  arrives_as_itself(std::bad_any_cast());
  arrives_as_itself(std::system_error(ENOENT, std::generic_category()));
  arrives_as_itself(std::system_error(EPIPE, std::system_category(), "write to peer"));
  arrives_as_itself(std::filesystem::filesystem_error(
      "cannot copy", "/from", "/to", std::make_error_code(std::errc::permission_denied)));
  arrives_as_itself(
      std::filesystem::filesystem_error("cannot", std::make_error_code(std::errc::io_error)));
  arrives_as_itself(tridem::pool_closed("closed"));
}

TEST_CASE("exception_codec: error codes keep value and category") {
  try {
    std::rethrow_exception(crossed(
        std::make_exception_ptr(std::system_error(EPIPE, std::system_category(), "write"))));
  } catch (const std::system_error& arrived) {
    CHECK(arrived.code() == std::error_code(EPIPE, std::system_category()));
  }
}

TEST_CASE("exception_codec: other exceptions arrive as remote_error") {
  try {
    std::rethrow_exception(crossed(std::make_exception_ptr(home_made())));
  } catch (const tridem::remote_error& arrived) {
    CHECK(arrived.type() == "(anonymous namespace)::home_made");
    CHECK(arrived.message() == "home made text");
    CHECK(arrived.pid() == 4711);
    CHECK(std::string(arrived.what()) ==
          "(anonymous namespace)::home_made: home made text (thrown in worker process 4711)");
  }
  try {
    std::rethrow_exception(crossed(std::make_exception_ptr(42)));
  } catch (const tridem::remote_error& arrived) {
    CHECK(arrived.type() == "int");
    CHECK(arrived.message().empty());
  }
}

TEST_CASE("exception_codec: damage is malformed") {
  for (int first = 0; first < 256; ++first) {
    const std::byte message[] = {static_cast<std::byte>(first), std::byte{200}, std::byte{0}};
    tridem::message_reader in(message);
    CHECK_THROWS_AS((void)tridem::decode_exception(in, 1), tridem::malformed_message);
  }
}
