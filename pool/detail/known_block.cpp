// SPDX-License-Identifier: MIT
// Recognises the block that was there before.
#include <tridem/pool/detail/known_block.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

shared_memory known_block::adopt(int descriptor) {
  struct stat status{};
  if (!block_.empty() && ::fstat(descriptor, &status) == 0 && status.st_ino == inode_ &&
      status.st_dev == device_) {
    ::close(descriptor);
    return std::exchange(block_, {});
  }
  return shared_memory::adopt(descriptor);
}

void known_block::put(shared_memory block, std::size_t most) noexcept {
  struct stat status{};
  if (block.size() < block_.size() || block.size() > most ||
      ::fstat(block.descriptor(), &status) != 0) {
    return;
  }
  block_ = std::move(block);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  has_come_ = true;
}

void known_block::age() noexcept {
  if (!std::exchange(has_come_, false)) block_ = {};
}

}  // namespace tridem::detail
