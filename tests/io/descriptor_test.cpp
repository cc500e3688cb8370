// SPDX-License-Identifier: MIT
// One owner, one close.
#include <tridem/io/descriptor.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

using namespace tridem;

namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

descriptor open_null() {
  return descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

}  // namespace

TEST_CASE("the end of the owner closes, and keeps errno") {
  int number = -1;
  errno = 0;
  {
    const descriptor owner = open_null();
    REQUIRE(owner);
    number = owner.get();
    CHECK(is_open(number));
    errno = ENOENT;
  }
  CHECK(errno == ENOENT);
  CHECK(!is_open(number));
}

TEST_CASE("moving hands over") {
  descriptor first = open_null();
  const int number = first.get();
  descriptor second = std::move(first);
  CHECK(second.get() == number);
  CHECK(first.get() == -1);
  descriptor third = open_null();
  const int other = third.get();
  third = std::move(second);
  CHECK(!is_open(other));
  CHECK(third.get() == number);
  const int released = third.release();
  CHECK(!third);
  CHECK(is_open(released));
  ::close(released);
}

TEST_CASE("a duplicate is another number of the same file, closed on exec") {
  const descriptor first = open_null();
  const descriptor second = first.duplicate();
  CHECK(second.get() != first.get());
  CHECK((::fcntl(second.get(), F_GETFD) & FD_CLOEXEC) != 0);
  const descriptor none;
  CHECK_THROWS_AS(static_cast<void>(none.duplicate()), std::system_error);
}

TEST_CASE("a number departs when it is closed or released, and not when its owner moves") {
  descriptor owner = open_null();
  const int number = owner.get();
  const std::uint32_t before = detail::departures_of(number);
  descriptor moved = std::move(owner);
  owner = std::move(moved);
  CHECK(detail::departures_of(number) == before);
  descriptor again{owner.release()};
  CHECK(detail::departures_of(number) == before + 1);
  again.reset();
  CHECK(detail::departures_of(number) == before + 2);
}
