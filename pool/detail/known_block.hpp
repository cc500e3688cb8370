// SPDX-License-Identifier: MIT
// The mapping of the block in which the last large message came: its writer sends it again.
#pragma once

#include <tridem/pool/shared_memory.hpp>

#include <cstddef>
#include <sys/types.h>

namespace tridem::detail {

/// At most one mapping; to map a block anew costs a fault for every sixteen pages.
///
/// A block is known by its inode, which is nobody else's as long as the kept descriptor holds it.
/// Its owner calls `age` as that of a spare_block does.
class known_block {
 public:
  /// Maps the block behind `descriptor`, which it takes over; or hands out the mapping it has.
  ///
  /// Errors: those of shared_memory::adopt.
  [[nodiscard]] shared_memory adopt(int descriptor);
  /// Takes a block back when its message was read.
  ///
  /// @param most  The largest that may be kept, in bytes.
  void put(shared_memory block, std::size_t most) noexcept;
  /// Lets go of what has not come since the last call.
  void age() noexcept;

  /// Of what is kept now, in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return block_.size(); }

 private:
  shared_memory block_;
  ::dev_t device_ = 0;
  ::ino_t inode_ = 0;
  bool has_come_ = false;
};

}  // namespace tridem::detail
