// SPDX-License-Identifier: MIT
// Shared memory is sealed, passes as a descriptor, and leaves nothing behind.
#include <tridem/pool/codec.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using tridem::shared_memory;

TEST_CASE("shared_memory: a block is zero, sealed, and not inherited") {
  auto block = shared_memory::create(5000);
  CHECK(block.size() == 5000);
  CHECK(std::ranges::all_of(block.bytes(), [](std::byte b) { return b == std::byte{0}; }));
  CHECK((::fcntl(block.descriptor(), F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW)) ==
        (F_SEAL_SHRINK | F_SEAL_GROW));
  CHECK((::fcntl(block.descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(::ftruncate(block.descriptor(), 0) == -1);
}

TEST_CASE("shared_memory: an empty block works") {
  auto block = shared_memory::create(0);
  CHECK(block.empty());
  CHECK(block.bytes().empty());
  auto other = std::move(block);
  CHECK(other.share().empty());
  CHECK(other.descriptor() == -1);
}

TEST_CASE("shared_memory: moving hands over, sharing maps again") {
  auto block = shared_memory::create(100);
  auto twin = block.share();
  twin.bytes()[99] = std::byte{7};
  CHECK(block.bytes()[99] == std::byte{7});
  auto moved = std::move(block);
  CHECK(moved.bytes()[99] == std::byte{7});
  moved = shared_memory();
  CHECK(moved.empty());
  CHECK(twin.bytes()[99] == std::byte{7});
}

TEST_CASE("shared_memory: crosses as a descriptor") {
  std::vector<shared_memory> blocks;
  blocks.push_back(shared_memory::create(10));
  blocks.push_back(shared_memory());
  blocks.push_back(shared_memory::create(20));
  blocks[2].bytes()[19] = std::byte{42};
  std::byte buffer[64];
  tridem::message_writer out(buffer);
  tridem::encode(out, blocks);
  CHECK(out.size() < 8);
  REQUIRE(out.attachments().size() == 2);
  // What the kernel does on the way: the receiver gets descriptors of its own.
  std::vector<int> received;
  for (const int sent : out.attachments()) received.push_back(::fcntl(sent, F_DUPFD_CLOEXEC, 3));
  const std::span<const std::byte> message(buffer, out.size());
  tridem::message_reader in(message, received);
  auto arrived = tridem::decode<std::vector<shared_memory>>(in);
  in.expect_end();
  CHECK(received == std::vector<int>{-1, -1});
  CHECK(arrived[0].size() == 10);
  CHECK(arrived[1].empty());
  CHECK(arrived[2].bytes()[19] == std::byte{42});
}

TEST_CASE("shared_memory: what is not sealed, or no memfd, is refused and closed") {
  const int open_size = ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  CHECK_THROWS_AS((void)shared_memory::adopt(open_size), tridem::malformed_message);
  CHECK(::fcntl(open_size, F_GETFD) == -1);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  CHECK_THROWS_AS((void)shared_memory::adopt(null), std::system_error);
  CHECK(::fcntl(null, F_GETFD) == -1);
  const std::byte claims_one[] = {std::byte{1}};
  tridem::message_reader in(claims_one);
  CHECK_THROWS_AS((void)tridem::decode<shared_memory>(in), tridem::malformed_message);
}
