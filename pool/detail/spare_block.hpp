// SPDX-License-Identifier: MIT
// The block of the last message that was too large for an arena, for the next one.
#pragma once

#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/message_writer.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <cstddef>
#include <utility>

namespace tridem::detail {

/// At most one block of at most `largest_spare` bytes, whose pages are there already.
class spare_block {
 public:
  /// A block of at least `size` bytes.
  [[nodiscard]] shared_memory take(std::size_t size) {
    is_fresh_ = block_.size() < size;
    return is_fresh_ ? shared_memory::create(size) : std::exchange(block_, {});
  }
  /// Writes to the block that was taken last.
  [[nodiscard]] message_writer writer(shared_memory& block, std::size_t size) const noexcept {
    return message_writer(block.bytes().first(size), is_fresh_ ? block.descriptor() : -1);
  }
  /// Takes a block back when its message was read.
  void put(shared_memory block) noexcept {
    if (block.size() > block_.size() && block.size() <= largest_spare) block_ = std::move(block);
  }

 private:
  shared_memory block_;
  bool is_fresh_ = true;
};

}  // namespace tridem::detail
