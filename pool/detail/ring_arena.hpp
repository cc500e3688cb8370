// SPDX-License-Identifier: MIT
// Gives out memory that comes back in the order in which it was given: the payloads of one ring.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tridem::detail {

/// The bookkeeping of an arena, private to its writer: the other process cannot spoil it.
///
/// It starts again at its beginning whenever it is empty, and grows only when it has to, so the
/// same warm pages are used as long as possible.
class ring_arena {
 public:
  ring_arena(std::size_t first_limit, std::size_t capacity) noexcept
      : limit_(first_limit), capacity_(capacity) {}

  /// The offset of `size` bytes at a multiple of 64, or nothing when there is no room now.
  [[nodiscard]] std::optional<std::size_t> allocate(std::size_t size) noexcept {
    size = (size + 63) & ~std::size_t{63};
    if (head_ >= tail_) {
      while (size > limit_ - head_) {
        // Round the corner, if that is free. Head may never reach tail: that would mean "empty".
        if (size < tail_) {
          head_ = 0;
          return place(size);
        }
        if (limit_ == capacity_) return std::nullopt;
        limit_ = std::min(limit_ * 2, capacity_);
      }
      return place(size);
    }
    if (size >= tail_ - head_) return std::nullopt;
    return place(size);
  }

  /// Where the last allocation ends; to be given to `release` when its message was taken.
  [[nodiscard]] std::size_t mark() const noexcept { return head_; }

  /// Takes back everything up to a mark. Marks come back in order.
  void release(std::size_t mark) noexcept {
    tail_ = mark;
    if (tail_ == head_) head_ = tail_ = 0;
  }

  /// Undoes the last allocation.
  void rollback(std::size_t offset) noexcept {
    head_ = offset;
    if (tail_ == head_) head_ = tail_ = 0;
  }

 private:
  std::size_t place(std::size_t size) noexcept {
    const std::size_t offset = head_;
    head_ += size;
    return offset;
  }

  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t limit_;
  std::size_t capacity_;
};

}  // namespace tridem::detail
