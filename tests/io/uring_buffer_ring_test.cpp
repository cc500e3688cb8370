// SPDX-License-Identifier: MIT
// Buffers that the kernel chooses: however many operations want one at once, and however they end.
#ifdef TRIDEM_HAS_URING
#include "tests/support/drivers.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>

#include <deque>
#include <string>
#include <vector>

using namespace tridem;
using namespace tridem::test;

namespace {

std::unique_ptr<driver> wanted_driver() {
  return is_wanted("uring") ? try_uring_driver() : nullptr;
}

std::string text_of(receive_operation& op) {
  const received_bytes got = op.take_value();
  return std::string(as_text(got.bytes()));
}

using receives = std::deque<single<receive_operation>>;

void submit_all(raw_driver& io, const std::vector<descriptor_pair>& pairs, receives& ops) {
  for (const descriptor_pair& pair : pairs) {
    ops.emplace_back(pair.first.get());
    io.submit(ops.back());
  }
}

std::vector<descriptor_pair> make_pairs(int count) {
  std::vector<descriptor_pair> pairs;
  for (int i = 0; i < count; ++i) pairs.push_back(make_socket_pair());
  return pairs;
}

}  // namespace

TEST_CASE("bytes for more operations than the kernel has buffers: each gets its own") {
  const std::unique_ptr<driver> made = wanted_driver();
  if (!made) return;
  raw_driver io(*made);
  const std::vector<descriptor_pair> pairs = make_pairs(200);
  for (int round = 0; round < 3; ++round) {
    receives ops;
    submit_all(io, pairs, ops);
    io.look();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      send_text(pairs[i].second, "for " + std::to_string(i));
    }
    for (std::size_t i = 0; i < ops.size(); ++i) {
      io.finish(ops[i]);
      CHECK(text_of(ops[i]) == "for " + std::to_string(i));
    }
  }
}

TEST_CASE("all buffers are lent: a receive waits with the others, and gets memory of its own") {
  const std::unique_ptr<driver> made = wanted_driver();
  if (!made) return;
  raw_driver io(*made);
  const descriptor_pair ends = make_socket_pair();
  std::vector<received_bytes> held;
  for (unsigned i = 0; i < detail::buffer_pool::count_max + 8; ++i) {
    send_text(ends.second, "x");
    receive_operation op(ends.first.get());
    REQUIRE(io.run(op) == 1);
    held.push_back(op.take_value());
  }
  receives waiting;
  const std::vector<descriptor_pair> pairs = make_pairs(3);
  submit_all(io, pairs, waiting);
  io.look();
  // The one is cancelled while it waits without a buffer, the others are answered.
  io.cancel(waiting[0]);
  CHECK(io.finish(waiting[0]) == operation::cancelled_result);
  send_text(pairs[1].second, std::string(3000, 'y'));
  CHECK(io.finish(waiting[1]) == 3000);
  CHECK(text_of(waiting[1]) == std::string(3000, 'y'));
  held.clear();
  send_text(pairs[2].second, "late");
  CHECK(io.finish(waiting[2]) == 4);
}

TEST_CASE("a receive that fails, ends or is cancelled keeps no buffer") {
  const std::unique_ptr<driver> made = wanted_driver();
  if (!made) return;
  raw_driver io(*made);
  for (unsigned i = 0; i < 2 * detail::buffer_pool::count_max; ++i) {
    descriptor_pair ends = make_socket_pair();
    receive_operation op(ends.first.get());
    io.submit(op);
    io.look();
    if (i % 3 == 0) {
      io.cancel(op);
    } else {
      ends.second.reset();
    }
    CHECK(io.finish(op) <= 0);
    CHECK(!op.buffer);
  }
  const descriptor_pair ends = make_socket_pair();
  send_text(ends.second, "there is one left");
  receive_operation op(ends.first.get());
  io.run(op);
  CHECK(op.buffer.is_of_pool());
}
#endif
