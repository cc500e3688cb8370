// SPDX-License-Identifier: MIT
// Eight places, the oldest of which gives way.
#include "pool/worker/mapping_cache.hpp"

#include <new>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tridem::detail {

mapping_cache& mapping_cache::of_process() noexcept {
  // Never destroyed: static objects of the program may let go of a block after this one would be.
  alignas(mapping_cache) static std::byte storage[sizeof(mapping_cache)];
  static auto* const only = ::new (storage) mapping_cache;
  return *only;
}

bool mapping_cache::keep(const mapped_block& block) noexcept {
  if (!is_enabled_.load(std::memory_order_relaxed) || block.size > most_bytes) return false;
  struct stat status{};
  if (::fstat(block.descriptor, &status) != 0) return false;
  const std::lock_guard guard(lock_);
  while (count_ == most_blocks || bytes_ + block.size > most_bytes) drop(*oldest());
  for (entry& place : entries_) {
    if (place.block.data != nullptr) continue;
    place = {block, status.st_dev, status.st_ino, steady::now()};
    break;
  }
  bytes_ += block.size;
  ++count_;
  return true;
}

std::optional<mapped_block> mapping_cache::take(int descriptor) noexcept {
  if (is_empty()) return std::nullopt;
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return std::nullopt;
  const std::lock_guard guard(lock_);
  for (entry& place : entries_) {
    if (place.block.data == nullptr || place.inode != status.st_ino ||
        place.device != status.st_dev) {
      continue;
    }
    const mapped_block found = place.block;
    place.block = {};
    bytes_ -= found.size;
    --count_;
    return found;
  }
  return std::nullopt;
}

void mapping_cache::drop_old() noexcept {
  const steady::time_point limit = steady::now() - lifetime;
  const std::lock_guard guard(lock_);
  for (entry& place : entries_) {
    if (place.block.data != nullptr && place.since < limit) drop(place);
  }
}

void mapping_cache::drop_all() noexcept {
  const std::lock_guard guard(lock_);
  for (entry& place : entries_) {
    if (place.block.data != nullptr) drop(place);
  }
}

void mapping_cache::drop(entry& old) noexcept {
  ::munmap(old.block.data, old.block.size);
  ::close(old.block.descriptor);
  bytes_ -= old.block.size;
  --count_;
  old.block = {};
}

mapping_cache::entry* mapping_cache::oldest() noexcept {
  entry* first = nullptr;
  for (entry& place : entries_) {
    if (place.block.data != nullptr && (first == nullptr || place.since < first->since)) {
      first = &place;
    }
  }
  return first;
}

}  // namespace tridem::detail
