// SPDX-License-Identifier: MIT
// An array in shared memory has the elements it was asked for, and passes like its memory.
#include <tridem/pool/codec.hpp>
#include <tridem/pool/shared_array.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <fcntl.h>
#include <new>
#include <numeric>

TEST_CASE("shared_array: elements start as zero and are shared") {
  tridem::shared_array<std::uint64_t> numbers(1000);
  CHECK(numbers.size() == 1000);
  CHECK(std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}) == 0);
  auto twin = numbers.share();
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
  CHECK(twin[999] == 1000);
  CHECK(twin.span().size() == 1000);
}

TEST_CASE("shared_array: sizes of nothing and of too much") {
  CHECK(tridem::shared_array<int>(0).empty());
  CHECK(tridem::shared_array<int>().empty());
  CHECK_THROWS_AS(tridem::shared_array<std::uint64_t>(static_cast<std::size_t>(-1) / 4),
                  std::bad_array_new_length);
}

TEST_CASE("shared_array: crosses as a descriptor") {
  tridem::shared_array<double> numbers(3);
  numbers[2] = 2.5;
  std::byte buffer[16];
  tridem::message_writer out(buffer);
  tridem::encode(out, numbers);
  int received[] = {::fcntl(out.attachments()[0], F_DUPFD_CLOEXEC, 3)};
  const std::span<const std::byte> message(buffer, out.size());
  tridem::message_reader in(message, received);
  const auto arrived = tridem::decode<tridem::shared_array<double>>(in);
  CHECK(arrived.size() == 3);
  CHECK(arrived[2] == 2.5);
}
