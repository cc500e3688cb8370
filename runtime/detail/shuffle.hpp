// SPDX-License-Identifier: MIT
// The order in which debug mode resumes what is ready: any that the library does not promise.
#pragma once

#include <tridem/runtime/detail/ready_queue.hpp>

#include <cstddef>
#include <cstdint>

namespace tridem::detail {

/// Takes from a ready queue at random, the same way for the same seed on every compiler.
///
/// What is promised still holds: callbacks of call_soon keep their order, what gives way comes
/// after all that was ready before it, and a transfer that was only postponed comes first.
class shuffle {
 public:
  explicit shuffle(std::uint64_t seed) noexcept : state_(seed) {}

  /// Removes one of the first 64 nodes of `from`, which must not be empty. Cost: as many steps.
  [[nodiscard]] ready_node& take(ready_queue& from) noexcept;

 private:
  static constexpr std::size_t window = 64;

  [[nodiscard]] std::uint64_t next() noexcept;

  std::uint64_t state_;
  const ready_node* taken_last_ = nullptr;  // compared, never followed
};

}  // namespace tridem::detail
