// SPDX-License-Identifier: MIT
// Both sides of a channel in one process: nothing is lost, nothing is believed.
#include "pool/worker/doorbell.hpp"
#include "pool/worker/worker_channel.hpp"

#include <tridem/pool/channel.hpp>
#include <tridem/pool/errors.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace tridem::detail;

std::string echo(std::string text) {
  return text;
}
constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

template <class T>
encodable view_of(const T& object) {
  return {[](tridem::message_writer& out, const void* o) {
            tridem::encode(out, *static_cast<const T*>(o));
          },
          &object};
}

template <class T>
T value_of(std::span<const std::byte> bytes, std::span<int> descriptors = {}) {
  tridem::message_reader in(bytes, descriptors);
  T value = tridem::decode<T>(in);
  in.expect_end();
  return value;
}

struct both_sides {
  doorbell bell;
  channel parent;
  worker_channel worker{tridem::descriptor(::fcntl(parent.memory(), F_DUPFD_CLOEXEC, 3)),
                        std::move(parent.worker_socket()), bell};
  const job_entry& job = tridem::detail::job<&echo>::entry;

  template <class T>
  std::uint64_t send(const T& value) {
    return parent.publish(job, view_of(value), no_limit);
  }
  template <class T>
  void answer_with_same() {
    worker_channel::request call;
    REQUIRE(worker.claim(call));
    CHECK(call.job == job.index());
    const T value = value_of<T>(call.bytes, call.descriptors);
    worker.publish(call.sequence, result_kind::value, view_of(value), 7);
    worker.finish(call);
  }
  template <class T>
  T receive(std::uint64_t sequence) {
    T value{};
    REQUIRE(parent.poll([&](const channel::result& result) {
      CHECK(result.sequence == sequence);
      CHECK(result.kind == result_kind::value);
      CHECK(result.duration_ns == 7);
      value = value_of<T>(result.bytes, result.descriptors);
    }));
    return value;
  }
};

/// Maps the memory once more, to do what a broken worker could do.
struct intruder {
  explicit intruder(const channel& victim)
      : map(static_cast<channel_memory*>(::mmap(nullptr, channel_bytes, PROT_READ | PROT_WRITE,
                                                MAP_SHARED, victim.memory(), 0))) {}
  ~intruder() { ::munmap(map, channel_bytes); }
  channel_memory* map;
};

}  // namespace

TEST_CASE("channel: messages of all sizes go and come back") {
  both_sides sides;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, inline_bytes - 2, inline_bytes - 1, inline_bytes,
        inline_bytes + 1, std::size_t{4095}, arena_first_bytes, 3 * arena_first_bytes + 1,
        largest_in_arena - 8, largest_in_arena + 1}) {
    const std::string text(size, 'x');
    const auto sequence = sides.send(text);
    REQUIRE(sequence != 0);
    sides.answer_with_same<std::string>();
    CHECK(sides.receive<std::string>(sequence) == text);
  }
  CHECK_FALSE(sides.parent.poll([](const channel::result&) {}));
}

TEST_CASE("channel: a large block is kept while messages need it, and given back by age") {
  both_sides sides;
  const std::string text(largest_in_arena + 1, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto sequence = sides.send(text);
    sides.answer_with_same<std::string>();
    CHECK(sides.receive<std::string>(sequence) == text);
    CHECK(sides.parent.holds_blocks());
    // What the last message needed stays for one more age: that of the request, and of the result.
    sides.parent.age();
    CHECK(sides.parent.kept_bytes() > 2 * text.size());
  }
  sides.parent.age();
  CHECK(sides.parent.kept_bytes() == 0);
  CHECK_FALSE(sides.parent.holds_blocks());
  // And from now on none.
  sides.parent.keep_at_most(text.size() - 1);
  const auto sequence = sides.send(text);
  sides.answer_with_same<std::string>();
  CHECK(sides.receive<std::string>(sequence) == text);
  sides.parent.age();
  CHECK_FALSE(sides.parent.holds_blocks());
}

TEST_CASE("channel: a full ring and a full arena refuse, and take again later") {
  both_sides sides;
  std::deque<std::uint64_t> open;
  while (const auto sequence = sides.send(1)) open.push_back(sequence);
  CHECK(open.size() == ring_slots);
  for (int round = 0; round < 1000; ++round) {
    sides.answer_with_same<int>();
    CHECK(sides.receive<int>(open.front()) == 1);
    open.pop_front();
    open.push_back(sides.send(1));
    REQUIRE(open.back() != 0);
  }
  while (!open.empty()) {
    sides.answer_with_same<int>();
    CHECK(sides.receive<int>(open.front()) == 1);
    open.pop_front();
  }
  const std::string large(7'000'000, 'y');
  for (int round = 0; round < 30; ++round) {
    while (const auto sequence = sides.send(large)) open.push_back(sequence);
    CHECK(open.size() < 12);
    for (int taken = 0; taken < 3; ++taken) {
      sides.answer_with_same<std::string>();
      CHECK(sides.receive<std::string>(open.front()) == large);
      open.pop_front();
    }
  }
}

TEST_CASE("channel: what was not claimed can be taken back, what was cannot") {
  both_sides sides;
  const auto first = sides.send(1);
  const auto second = sides.send(2);
  const auto third = sides.send(3);
  CHECK(sides.parent.take_back(second));
  CHECK_FALSE(sides.parent.take_back(second));
  worker_channel::request call;
  REQUIRE(sides.worker.claim(call));
  CHECK(sides.parent.is_claimed(first));
  CHECK_FALSE(sides.parent.take_back(first));
  CHECK_FALSE(sides.parent.is_claimed(third));
  CHECK_FALSE(sides.worker.is_cancelled(first));
  sides.parent.request_cancel(first);
  CHECK(sides.worker.is_cancelled(first));
  sides.worker.finish(call);
  worker_channel::request next;
  REQUIRE(sides.worker.claim(next));
  CHECK(next.sequence == third);
  CHECK(value_of<int>(next.bytes) == 3);
}

TEST_CASE("channel: descriptors follow their call, and those of calls taken back are closed") {
  both_sides sides;
  auto block = tridem::shared_memory::create(100);
  block.bytes()[99] = std::byte{5};
  const std::pair<tridem::shared_memory, std::string> heavy(block.share(), std::string(500, 'z'));
  const auto first = sides.send(block);
  const auto second = sides.send(block);
  const auto third = sides.send(heavy);
  CHECK(sides.parent.take_back(first));
  sides.answer_with_same<tridem::shared_memory>();
  CHECK(sides.receive<tridem::shared_memory>(second).bytes()[99] == std::byte{5});
  sides.answer_with_same<std::pair<tridem::shared_memory, std::string>>();
  using pair = std::pair<tridem::shared_memory, std::string>;
  const pair back = sides.receive<pair>(third);
  CHECK(back.first.bytes()[99] == std::byte{5});
  CHECK(back.second == heavy.second);
}

TEST_CASE("channel: limits are kept before anything is sent") {
  both_sides sides;
  CHECK_THROWS_AS(sides.parent.publish(sides.job, view_of(std::string(100, 'x')), 99),
                  tridem::message_too_large);
  std::vector<tridem::shared_memory> many;
  const auto block = tridem::shared_memory::create(1);
  for (std::size_t i = 0; i < max_descriptors; ++i) many.push_back(block.share());
  CHECK_THROWS_AS(sides.send(many), std::length_error);
  many.pop_back();
  const auto sequence = sides.send(many);
  CHECK(sequence == 1);
  sides.answer_with_same<std::vector<tridem::shared_memory>>();
  CHECK(sides.receive<std::vector<tridem::shared_memory>>(sequence).size() == many.size());
}

TEST_CASE("channel: a worker that lies is malformed, never a crash") {
  both_sides sides;
  const auto sequence = sides.send(std::string("text"));
  sides.answer_with_same<std::string>();
  const intruder worker(sides.parent);
  channel_slot& slot = worker.map->results[0];
  const auto refused = [&] {
    slot.check = slot.compute_check();
    CHECK_THROWS_AS(sides.parent.poll([](const channel::result&) { CHECK(false); }),
                    tridem::malformed_message);
  };
  SUBCASE("a torn slot") {
    slot.size ^= 1;
    CHECK_THROWS_AS(sides.parent.poll([](const channel::result&) { CHECK(false); }),
                    tridem::malformed_message);
  }
  SUBCASE("a call that does not exist") {
    slot.sequence = sequence + 1;
    refused();
    slot.sequence = 0;
    refused();
  }
  SUBCASE("an unknown kind, an unknown place") {
    slot.what = 3;
    refused();
    slot.what = 1;
    slot.place = static_cast<slot_place>(9);
    refused();
  }
  SUBCASE("sizes and offsets beyond the memory") {
    slot.size = inline_bytes + 1;
    refused();
    slot.place = slot_place::in_arena;
    slot.set_arena_offset(arena_bytes - 64);
    slot.size = 65;
    refused();
    slot.set_arena_offset(static_cast<std::uint64_t>(-64));
    refused();
    slot.set_arena_offset(3);
    refused();
  }
  SUBCASE("descriptors that never came") {
    slot.descriptors = 1;
    refused();
    slot.descriptors = 0;
    slot.place = slot_place::attached;
    refused();
  }
  SUBCASE("a tail from the future frees nothing") {
    worker.map->header.request_tail.store(1'000'000);
    while (sides.send(std::string(1'000'000, 'x')) != 0) {
    }
  }
}
