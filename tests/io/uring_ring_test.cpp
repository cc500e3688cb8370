// SPDX-License-Identifier: MIT
// What only io_uring can get wrong: queues that are too small, races of a cancel, foreign threads.
#ifdef TRIDEM_HAS_URING
#include "tests/support/command_line.hpp"
#include "tests/support/drivers.hpp"

#include <tridem/io/operations.hpp>

#include <array>
#include <deque>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace tridem;
using namespace tridem::test;

namespace {

// The driver over queues of the given size; null where io_uring is forbidden.
std::unique_ptr<driver> small_driver(unsigned submissions, unsigned completions) {
  if (!is_wanted("uring") || !try_uring_driver()) return nullptr;
  return make_uring_driver({submissions, completions});
}

struct socket_pair {
  socket_pair() {
    int both[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
    left = descriptor{both[0]};
    right = descriptor{both[1]};
  }
  descriptor left;
  descriptor right;
};

}  // namespace

TEST_CASE("queues of 4 and 8 entries serve a thousand operations, none lost") {
  const std::unique_ptr<driver> tiny = small_driver(4, 8);
  if (!tiny) return;
  raw_driver io(*tiny);
  std::deque<single<nop_operation>> ops(1000);
  for (nop_operation& op : ops) io.submit(op);
  for (nop_operation& op : ops) CHECK(io.finish(op) == 0);
}

TEST_CASE("completions that overflow the queue all come, and so do cancels among them") {
  const std::unique_ptr<driver> tiny = small_driver(4, 8);
  if (!tiny) return;
  raw_driver io(*tiny);
  for (int round = 0; round < 20; ++round) {
    const socket_pair pair;
    constexpr std::size_t count = 100;
    std::array<std::byte, count> into{};
    std::deque<single<recv_operation>> reads;
    for (std::size_t i = 0; i < count; ++i) {
      reads.emplace_back(pair.right.get(), mutable_buffer(&into[i], 1));
      io.submit(reads.back());
    }
    io.look();
    for (std::size_t i = 0; i < count; i += 2) io.cancel(reads[i]);
    const std::array<char, count> bytes{};
    REQUIRE(::write(pair.left.get(), bytes.data(), bytes.size()) == ssize_t{count});
    std::size_t delivered = 0;
    for (auto& read : reads) {
      const bool was_cancelled = read.cancel_requested;
      // An odd one waits for a byte, which there always is.
      const std::int32_t result = io.finish(read);
      if (result == 1) ++delivered;
      CHECK((result == 1 || (was_cancelled && result == -ECANCELED)));
    }
    std::array<char, count> rest{};
    const ssize_t left = ::recv(pair.right.get(), rest.data(), rest.size(), MSG_DONTWAIT);
    CHECK(delivered + static_cast<std::size_t>(left < 0 ? 0 : left) == count);
  }
}

TEST_CASE("a cancel that comes with its completion neither loses nor doubles a byte") {
  const std::unique_ptr<driver> usual = small_driver(64, 128);
  if (!usual) return;
  raw_driver io(*usual);
  const socket_pair pair;
  std::size_t sent = 0;
  std::size_t got = 0;
  const std::uint64_t rounds = command_line::number_of("rounds", "TRIDEM_ROUNDS", 20'000);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::byte into{};
    recv_operation read(pair.right.get(), mutable_buffer(&into, 1));
    io.submit(read);
    if (round % 3 != 0) io.look();
    if (round % 2 == 0) {
      REQUIRE(::write(pair.left.get(), "x", 1) == 1);
      ++sent;
    }
    if (read.state != operation_state::done) io.cancel(read);
    const std::int32_t result = read.state == operation_state::done ? read.result : io.finish(read);
    if (result == 1) ++got;
    CHECK((result == 1 || result == -ECANCELED));
  }
  std::array<char, 20'000> rest{};
  const ssize_t left = ::recv(pair.right.get(), rest.data(), rest.size(), MSG_DONTWAIT);
  CHECK(got + static_cast<std::size_t>(left < 0 ? 0 : left) == sent);
}

TEST_CASE("a turn on another thread than the ring's is refused with words") {
  const std::unique_ptr<driver> usual = small_driver(8, 16);
  if (!usual) return;
  std::string text;
  std::jthread([&] {
    operation_list none;
    operation_list completed;
    try {
      usual->turn(none, completed, time_point::min());
    } catch (const std::system_error& error) {
      text = error.what();
    }
  }).join();
  CHECK(text.find("thread") != std::string::npos);
}

TEST_CASE("twenty rings on one thread, although the kernel registers only sixteen") {
  if (!small_driver(8, 16)) return;
  std::vector<std::unique_ptr<driver>> many;
  for (int i = 0; i < 20; ++i) many.push_back(small_driver(8, 16));
  for (const auto& each : many) {
    raw_driver io(*each);
    nop_operation op;
    CHECK(io.run(op) == 0);
  }
}
#endif
