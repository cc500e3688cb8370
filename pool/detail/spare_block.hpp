// SPDX-License-Identifier: MIT
// The block of the last message that was too large for an arena, kept for the next one.
#pragma once

#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/message_writer.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tridem::detail {

/// At most one block, whose pages are there already: fresh ones cost six times what a copy costs.
///
/// Its owner calls `age` about once in `spare_lifetime`; so it is given back after one or two of
/// them in which no message needed it.
class spare_block {
 public:
  /// A block of at least `size` bytes.
  [[nodiscard]] shared_memory take(std::size_t size) {
    needed_ = std::max(needed_, size);
    is_fresh_ = block_.size() < size;
    return is_fresh_ ? shared_memory::create(size) : std::exchange(block_, {});
  }
  /// Writes to the block that was taken last.
  [[nodiscard]] message_writer writer(shared_memory& block, std::size_t size) const noexcept {
    return message_writer(block.bytes().first(size), is_fresh_ ? block.descriptor() : -1);
  }
  /// Takes a block back when its message was read.
  ///
  /// @param most  The largest that may be kept, in bytes.
  void put(shared_memory block, std::size_t most) noexcept {
    if (block.size() > block_.size() && block.size() <= most) block_ = std::move(block);
  }
  /// Lets go of what is far more than the messages since the last call needed.
  void age() noexcept {
    if (block_.size() / 2 >= needed_) block_ = {};
    needed_ = 0;
  }

  /// Of what is kept now, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return block_.size(); }

 private:
  shared_memory block_;
  std::size_t needed_ = 0;  // the largest size asked for since `age`
  bool is_fresh_ = true;
};

}  // namespace tridem::detail
