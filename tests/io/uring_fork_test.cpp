// SPDX-License-Identifier: MIT
// A loop belongs to the process that made it. Its child by fork() is refused with words, and what
// that child does or does not do changes nothing for the parent.
#include "tests/support/async_test.hpp"
#include "tests/support/forked_child.hpp"

#include <tridem/io/unix.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <array>
#include <chrono>
#include <string>
#include <unistd.h>

using namespace tridem;
using namespace tridem::test;
using namespace std::chrono_literals;

namespace {

/// Both directions of a connection work.
task<> check_echo(unix_stream& near, unix_stream& far) {
  for (int round = 0; round < 50; ++round) {
    std::array<char, 8> room{};
    co_await near.write_all(as_bytes(std::string_view("question")));
    const std::size_t there = co_await far.read_exactly(as_writable_bytes(room));
    co_await far.write_all(as_bytes(std::string_view("answer")));
    const std::size_t back =
        co_await near.read_exactly(as_writable_bytes(room).first(sizeof "answer" - 1));
    CHECK(there == 8);
    CHECK(back == 6);
  }
}

task<int> forty_two() {
  co_await sleep(1ms);
  co_return 42;
}

}  // namespace

TRIDEM_TEST(
    "a child of fork that uses the loop of its parent ends with words; the parent goes on") {
  auto [near, far] = unix_stream::pair();
  std::array<char, 16> room{};
  auto reading = create_task(near.read_some(as_writable_bytes(room)));
  co_await sleep(1ms);
  CHECK(!reading.done());

  forked_child child;
  if (child.is_child()) {
    co_await sleep(1ms);
    ::_exit(3);
  }
  const std::string said = child.words();
  CHECK_MESSAGE(child.has_aborted(), said);
  CHECK_MESSAGE(said.find("an event loop was used") != std::string::npos, said);
  CHECK_MESSAGE(said.find("fork") != std::string::npos, said);

  CHECK(!reading.done());
  co_await far.write_all(as_bytes(std::string_view("still here")));
  const std::size_t count = co_await std::move(reading);
  CHECK(std::string_view(room.data(), count) == "still here");
  co_await check_echo(near, far);
}

TRIDEM_TEST("a child of fork that leaves the loop alone takes nothing from its parent") {
  auto [near, far] = unix_stream::pair();
  std::array<char, 16> room{};
  auto reading = create_task(near.read_some(as_writable_bytes(room)));
  co_await sleep(1ms);
  forked_child child;
  if (child.is_child()) ::_exit(3);
  static_cast<void>(child.words());
  CHECK(child.exit_code() == 3);
  co_await far.write_all(as_bytes(std::string_view("mine")));
  const std::size_t count = co_await std::move(reading);
  CHECK(std::string_view(room.data(), count) == "mine");
  co_await check_echo(near, far);
}

TEST_CASE("a child of fork may make a loop of its own") {
  CHECK(tridem::run(forty_two()) == 42);
  forked_child child;
  if (child.is_child()) ::_exit(tridem::run(forty_two()));
  const std::string said = child.words();
  CHECK_MESSAGE(child.exit_code() == 42, said);
}
