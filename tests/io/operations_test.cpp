// SPDX-License-Identifier: MIT
// The words of operations, and who owns a descriptor that nobody took. What they do is the
// conformance suite's.
#include <tridem/io/operations.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace tridem;

namespace {

template <class Op>
std::string words_of(const Op& op) {
  char text[256];
  op.describe(text, sizeof text);
  return text;
}

}  // namespace

TEST_CASE("an operation says what it does, and to what") {
  CHECK(words_of(nop_operation()) == "nop");
  CHECK(words_of(accept_operation(1'000'007)) == "accept on descriptor 1000007");
  CHECK(words_of(open_operation(AT_FDCWD, "/some/file", 0)) == "open '/some/file'");
  CHECK(words_of(unlink_operation(AT_FDCWD, "gone")) == "unlink 'gone'");
  CHECK(words_of(poll_operation(1'000'007, 1)) == "poll on descriptor 1000007");
}

TEST_CASE("a descriptor is named by what it stands for") {
  const descriptor null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  CHECK(words_of(fsync_operation(null.get())) ==
        "fsync on descriptor " + std::to_string(null.get()) + " (/dev/null)");
}

TEST_CASE("the words fit into any buffer") {
  char text[8];
  open_operation(AT_FDCWD, "/a/long/path", 0).describe(text, sizeof text);
  CHECK(std::string(text) == "open '/");
}

TEST_CASE("every kind has its own name") {
  std::string all = ",";
  for (int kind = 0; kind <= static_cast<int>(op_kind::wait_doorbell); ++kind) {
    const std::string name = name_of(static_cast<op_kind>(kind));
    CHECK(name != "unknown operation");
    CHECK(all.find("," + name + ",") == std::string::npos);
    all += name + ",";
  }
}

TEST_CASE("a descriptor that nobody took is closed, one that was taken is not") {
  const int untaken = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int taken = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    accept_operation first(-1);
    first.state = operation_state::done;
    first.result = untaken;
    open_operation second(AT_FDCWD, "x", 0);
    second.state = operation_state::done;
    second.result = taken;
    const descriptor owner = second.take_value();
    CHECK(owner.get() == taken);
    CHECK(!second.take_value());
  }
  CHECK(::fcntl(untaken, F_GETFD) == -1);
  CHECK(::fcntl(taken, F_GETFD) == -1);
}
