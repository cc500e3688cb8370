// SPDX-License-Identifier: MIT
// The waits of the Asio driver: who hears of an event, in which order, and that nobody hears of
// those of a file that has gone.
#ifdef TRIDEM_HAS_ASIO
#include "io/asio/readiness.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <sys/epoll.h>
#include <vector>

using namespace tridem;
using namespace tridem::test;

namespace {

/// A wait for something to read.
struct reader : recv_operation {
  explicit reader(int fd, bool of_object = true) : recv_operation(fd, {}) {
    is_of_object = of_object;
  }
};

std::vector<operation*> look(detail::readiness& waits) {
  std::vector<operation*> told;
  waits.look([&](operation& op, unsigned) noexcept { told.push_back(&op); });
  return told;
}

void put_byte(const descriptor& to) {
  REQUIRE(::write(to.get(), "x", 1) == 1);
}

void take_byte(const descriptor& from) {
  char byte = 0;
  REQUIRE(::read(from.get(), &byte, 1) == 1);
}

using operations = std::vector<operation*>;

}  // namespace

TEST_CASE("all that wait for one direction hear of an event, in the order in which they came") {
  detail::readiness waits;
  const descriptor_pair pair = make_socket_pair();
  const int fd = pair.first.get();
  reader first(fd);
  reader second(fd);
  reader third(fd);
  poll_operation hang_up(fd, 0);
  for (operation* op : operations{&first, &second, &hang_up, &third}) {
    REQUIRE(waits.wait(*op) == 0);
  }
  CHECK(look(waits).empty());
  waits.leave(second);
  waits.leave(second);

  put_byte(pair.second);
  CHECK(look(waits) == operations{&first, &third});
  CHECK(look(waits).empty());
  // Once heard, it waits no more, unless it asks again.
  put_byte(pair.second);
  CHECK(look(waits).empty());
  REQUIRE(waits.wait(second) == 0);
  put_byte(pair.second);
  CHECK(look(waits) == operations{&second});

  REQUIRE(::shutdown(pair.second.get(), SHUT_RDWR) == 0);
  CHECK(look(waits) == operations{&hang_up});
}

TEST_CASE("a reader and a writer of one descriptor, in blocking mode, do not hear of each other") {
  detail::readiness waits;
  const descriptor_pair pair = make_socket_pair(mode::blocking);
  const std::vector<char> much(1 << 16);
  while (::send(pair.first.get(), much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  reader reading(pair.first.get());
  send_operation writing(pair.first.get(), {});
  writing.is_of_object = true;
  REQUIRE(waits.wait(reading) == 0);
  REQUIRE(waits.wait(writing) == 0);
  put_byte(pair.second);
  CHECK(look(waits) == operations{&reading});
  std::vector<char> drained(1 << 20);
  while (::recv(pair.second.get(), drained.data(), drained.size(), MSG_DONTWAIT) > 0) {
  }
  CHECK(look(waits) == operations{&writing});
  CHECK((::fcntl(pair.first.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a number that is used again does not hear of the file that it meant before") {
  detail::readiness waits;
  descriptor_pair old = make_pipe();
  const int number = old.first.get();
  reader before(number);
  REQUIRE(waits.wait(before) == 0);
  waits.leave(before);
  // As a child process may hold it: the set goes on to tell of it.
  const descriptor copy = old.first.duplicate();
  old.first.reset();
  descriptor_pair fresh = make_pipe();
  if (fresh.first.get() != number) {
    REQUIRE(::dup3(fresh.first.get(), number, O_CLOEXEC) == number);
    fresh.first.reset(number);
  }

  reader after(number);
  REQUIRE(waits.wait(after) == 0);
  put_byte(old.second);
  CHECK(look(waits).empty());
  put_byte(fresh.second);
  CHECK(look(waits) == operations{&after});
}

TEST_CASE("a number of no object is in the set only while somebody waits") {
  detail::readiness waits;
  const descriptor_pair pair = make_pipe();
  const int fd = pair.first.get();
  const auto is_in_set = [&] {
    epoll_event about{};
    about.events = EPOLLIN | EPOLLET;
    return ::epoll_ctl(waits.watched_descriptor(), EPOLL_CTL_MOD, fd, &about) == 0;
  };
  reader raw(fd, false);
  REQUIRE(waits.wait(raw) == 0);
  put_byte(pair.second);
  CHECK(look(waits) == operations{&raw});
  CHECK_FALSE(is_in_set());
  take_byte(pair.first);

  REQUIRE(waits.wait(raw) == 0);
  waits.leave(raw);
  CHECK_FALSE(is_in_set());

  reader of_object(fd);
  REQUIRE(waits.wait(of_object) == 0);
  waits.leave(of_object);
  CHECK(is_in_set());
}

TEST_CASE("what cannot be waited for is refused") {
  detail::readiness waits;
  reader of_file(own(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)).release());
  const descriptor file(of_file.fd);
  CHECK(waits.wait(of_file) == EPERM);
  reader of_nothing(-1);
  CHECK(waits.wait(of_nothing) == EBADF);
}
#endif
