// SPDX-License-Identifier: MIT
// The checks of message_reader that are not worth inlining, and their texts.
#include <tridem/pool/message_reader.hpp>

namespace tridem {

std::uint64_t message_reader::number() {
  std::uint64_t count = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto digit = std::to_integer<std::uint64_t>(*take(1));
    // The tenth digit has room for one bit only.
    if (shift == 63 && digit > 1) fail("a count that needs more than 64 bits");
    count |= (digit & 0x7f) << shift;
    if ((digit & 0x80) == 0) return count;
  }
}

std::size_t message_reader::length(std::size_t smallest) {
  const std::uint64_t count = number();
  if (count > remaining() / smallest) {
    fail("a count of " + std::to_string(count) + ", where at most " +
         std::to_string(remaining() / smallest) + " can follow");
  }
  return static_cast<std::size_t>(count);
}

int message_reader::take_descriptor() {
  if (next_descriptor_ == descriptors_.size()) fail("a descriptor that was not attached");
  const int descriptor = descriptors_[next_descriptor_];
  descriptors_[next_descriptor_++] = -1;
  return descriptor;
}

void message_reader::expect_end() const {
  if (remaining() != 0) fail(std::to_string(remaining()) + " bytes too many");
  if (next_descriptor_ != descriptors_.size()) fail("more descriptors than were asked for");
}

void message_reader::expect_views_allowed() const {
  if (views_ != views::allowed) {
    fail(
        "a view (std::span, std::string_view) where the message does not outlive it; "
        "return an owning type such as std::vector or std::string");
  }
}

void message_reader::fail(const std::string& problem) const {
  throw malformed_message("malformed message: " + problem + " (at byte " +
                          std::to_string(position_) + " of " + std::to_string(message_.size()) +
                          ")");
}

void message_reader::fail_short(std::size_t wanted) const {
  fail("a value of " + std::to_string(wanted) + " bytes, where " + std::to_string(remaining()) +
       " are left");
}

}  // namespace tridem
