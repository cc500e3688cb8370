// SPDX-License-Identifier: MIT
// Makes operator new fail at a chosen call, on this thread.
#pragma once

#include <cstdint>

namespace tridem::test {

/// While it lives, the `number`-th call of operator new on this thread (from 0 on) throws
/// std::bad_alloc; with `and_all_later`, so do all that follow.
class allocation_failure {
 public:
  explicit allocation_failure(std::uint64_t number, bool and_all_later = false) noexcept;
  allocation_failure(const allocation_failure&) = delete;
  ~allocation_failure();

  /// Calls so far.
  [[nodiscard]] std::uint64_t calls() const noexcept;
  /// The failure has happened.
  [[nodiscard]] bool has_happened() const noexcept;
};

/// Frees the frames that this thread keeps for reuse, so that the next ones are allocated.
void forget_recycled_frames() noexcept;

}  // namespace tridem::test
