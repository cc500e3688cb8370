// SPDX-License-Identifier: MIT
// io_uring at its worst: requests fail, are cut short, come late and in another order. Nothing is
// lost, done twice, left behind, or waited for in vain. A failure names the seed that brings it
// back. All tests of this floor run over the same ring: TRIDEM_TEST_FAULTS=<seed>.
#ifdef TRIDEM_HAS_URING
#include "tests/support/drivers.hpp"
#include "tests/support/faulty_driver.hpp"
#include "tests/support/forked_child.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <cerrno>
#include <deque>
#include <optional>
#include <poll.h>
#include <random>
#include <source_location>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

using namespace tridem;
using namespace tridem::test;

namespace {

/// Calls `body(raw_driver&, random)` over a faulty ring for each of many seeds.
template <class Body>
void for_each_seed(Body body) {
  if (!is_wanted("uring") || !try_uring_driver()) return;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    // Every other ring is so small that it is always full, and its completions overflow.
    const uring::ring_size size =
        seed % 2 == 0 ? uring::ring_size{4, 8} : uring::ring_size{64, 128};
    const std::unique_ptr<driver> made = make_faulty_driver(fault_plan::everything(seed), size);
    raw_driver io(*made);
    std::minstd_rand random(static_cast<unsigned>(seed));
    body(io, random);
  }
}

/// Whether an operation failed as the plan has it, or because it was cancelled.
bool is_injected(const operation& op) {
  const std::int32_t result = op.result;
  return result == -EIO || result == -ENOMEM || result == -ENOBUFS || result == -ECANCELED;
}

/// Carries `text` from one operation of `In` to one of `Out` at a time, while both may fail and be
/// cancelled at any moment; what arrived.
template <class Out, class In>
std::string carry(raw_driver& io, std::minstd_rand& random, const descriptor_pair& ends,
                  const std::string& text) {
  std::string received(text.size(), '\0');
  std::size_t sent = 0;
  std::size_t got = 0;
  std::optional<single<Out>> out;
  std::optional<single<In>> in;
  const time_point end = io.under_test().now() + raw_driver::patience;
  while (got < text.size() && io.under_test().now() < end) {
    if (!out && sent < text.size()) {
      out.emplace(ends.second.get(), as_bytes(text).subspan(sent));
      io.submit(*out);
    }
    if (!in) {
      in.emplace(ends.first.get(), as_writable_bytes(received).subspan(got));
      io.submit(*in);
    }
    io.look();
    for (operation* op : {static_cast<operation*>(out ? &*out : nullptr),
                          static_cast<operation*>(in ? &*in : nullptr)}) {
      if (op != nullptr && op->state == operation_state::in_flight && random() % 8 == 0) {
        io.cancel(*op);
      }
    }
    if (out && out->state == operation_state::done) {
      CHECK((out->result > 0 || is_injected(*out)));
      sent += static_cast<std::size_t>(std::max(out->result, 0));
      out.reset();
    }
    if (in && in->state == operation_state::done) {
      CHECK((in->result > 0 || is_injected(*in)));
      got += static_cast<std::size_t>(std::max(in->result, 0));
      in.reset();
    }
  }
  if (out) io.finish(*out);
  if (in) {
    io.cancel(*in);
    io.finish(*in);
  }
  CHECK(got == text.size());
  return received;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 % 251);
  return text;
}

}  // namespace

TEST_CASE("faults: a stream of bytes is neither cut nor doubled, over sockets and pipes") {
  for_each_seed([](raw_driver& io, std::minstd_rand& random) {
    const std::string text = pattern(100'000);
    const descriptor_pair sockets = make_socket_pair();
    CHECK(carry<send_operation, recv_operation>(io, random, sockets, text) == text);
    const descriptor_pair pipe = make_pipe();
    CHECK(carry<write_operation, read_operation>(io, random, pipe, text) == text);
  });
}

TEST_CASE("faults: what must be asked anew is asked before the driver sleeps") {
  if (!is_wanted("uring") || !try_uring_driver()) return;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    const std::unique_ptr<driver> made =
        make_faulty_driver({.seed = seed, .full_queue = 500, .not_now = 500});
    raw_driver io(*made);
    const descriptor_pair ends = make_socket_pair();
    const descriptor_pair quiet = make_socket_pair();
    std::string byte(1, '\0');
    std::string nothing(1, '\0');
    for (int round = 0; round < 20; ++round) {
      send_text(ends.second, "x");
      recv_operation first(ends.first.get(), as_writable_bytes(byte));
      recv_operation second(quiet.first.get(), as_writable_bytes(nothing));
      io.submit(first);
      // Making room for this one brings the answer to the other, which is "not now".
      io.submit(second);
      CHECK(io.finish(first) == 1);
      io.cancel(second);
      CHECK(io.finish(second) == -ECANCELED);
    }
  }
}

TEST_CASE("faults: hundreds of operations at once each end exactly once") {
  for_each_seed([](raw_driver& io, std::minstd_rand& random) {
    const descriptor_pair quiet = make_socket_pair();
    std::deque<single<nop_operation>> nops(200);
    std::deque<single<poll_operation>> polls;
    for (int i = 0; i < 100; ++i) polls.emplace_back(quiet.first.get(), unsigned{POLLIN});
    std::size_t ended = 0;
    for (auto& op : nops) io.submit(op);
    for (auto& op : polls) io.submit(op);
    const time_point end = io.under_test().now() + raw_driver::patience;
    while (ended < nops.size() + polls.size() && io.under_test().now() < end) {
      ended += io.look().size();
      for (auto& op : polls) {
        if (op.state == operation_state::in_flight && random() % 16 == 0) io.cancel(op);
      }
      // One that was cancelled before it was taken has ended without a turn.
    }
    CHECK(ended == nops.size() + polls.size());
    CHECK(io.look().empty());
    for (auto& op : nops) CHECK((op.result == 0 || is_injected(op)));
    for (auto& op : polls) CHECK(is_injected(op));
  });
}

TEST_CASE("faults: what is opened is delivered or closed, and a close closes once") {
  for_each_seed([](raw_driver& io, std::minstd_rand& random) {
    const listener at;
    for (int round = 0; round < 20; ++round) {
      open_operation opening(AT_FDCWD, "/dev/null", O_RDONLY);
      io.submit(opening);
      if (random() % 2 == 0) io.look();
      if (opening.state == operation_state::in_flight && random() % 2 == 0) io.cancel(opening);
      const std::int32_t fd = io.finish(opening);
      CHECK((fd >= 0 || is_injected(opening)));
      if (fd < 0) continue;
      close_operation closing(opening.take_value().release());
      CHECK(io.run(closing) == 0);
      CHECK(::fcntl(fd, F_GETFD) == -1);
    }
    accept_operation accepting(at.socket.get());
    io.submit(accepting);
    io.look();
    const descriptor active = make_socket(mode::blocking);
    connect_to(at, active);
    if (accepting.state == operation_state::in_flight) io.cancel(accepting);
    const std::int32_t accepted = io.finish(accepting);
    CHECK((accepted >= 0 || is_injected(accepting)));
  });
}

TEST_CASE("faults: the same seed brings the same faults, another seed others") {
  if (!is_wanted("uring") || !try_uring_driver()) return;
  const auto trace = [](std::uint64_t seed) {
    const std::unique_ptr<driver> made = make_faulty_driver(fault_plan::everything(seed));
    raw_driver io(*made);
    // What is ready at once, and turns that never sleep: nothing depends on time.
    const descriptor_pair ends = make_socket_pair();
    std::deque<single<poll_operation>> ops;
    for (int i = 0; i < 100; ++i) ops.emplace_back(ends.first.get(), unsigned{POLLOUT});
    for (auto& op : ops) io.submit(op);
    for (int turns = 0; turns < 100; ++turns) io.look();
    std::vector<std::int32_t> results;
    for (auto& op : ops) results.push_back(io.finish(op));
    return results;
  };
  CHECK(trace(7) == trace(7));
  CHECK(trace(7) != trace(8));
}

TEST_CASE("faults: a loop whose ring loses a completion ends the program, and says so") {
  if (!is_wanted("uring") || !try_uring_driver()) return;
  forked_child child;
  if (child.is_child()) {
    auto body = []() -> task<> { co_await sleep(std::chrono::milliseconds(1)); };
    detail::run_on(make_faulty_driver({.lost_completion = 1000}), body(),
                   std::source_location::current());
    ::_exit(0);
  }
  const std::string said = child.words();
  CHECK_MESSAGE(child.has_aborted(), said);
  CHECK_MESSAGE(said.find("its driver 'uring' failed: ") != std::string::npos, said);
  CHECK_MESSAGE(said.find("lost completions") != std::string::npos, said);
}

TEST_CASE("an enter that the next one mends is no error, and one that lost completions is") {
  for (const int passing : {0, 5, -ETIME, -EINTR, -EAGAIN, -EBUSY}) {
    CHECK_NOTHROW(uring::ring::check_entered(passing));
  }
  std::string text;
  try {
    uring::ring::check_entered(-EBADR);
  } catch (const std::system_error& error) {
    text = error.what();
  }
  CHECK(text.find("lost completions") != std::string::npos);
  CHECK_THROWS_AS(uring::ring::check_entered(-EEXIST), std::system_error);
  // The kernel has dropped one, and tells so only to who waits.
  CHECK_THROWS_AS(uring::ring::check_entered(1, 1), std::system_error);
}
#endif
