// SPDX-License-Identifier: MIT
// How many items of a map a thread takes at a time: as many as are worth the trip, so few that no
// thread is left with a long last piece.
#pragma once

#include <tridem/runtime/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tridem::detail {

/// Begins with one item and doubles while pieces are done quickly; halves when they take long.
///
/// Threads: one; each lane of a map has its own.
class chunk_pace {
 public:
  /// @param fixed  Items in each piece; 0 to find out.
  explicit chunk_pace(std::size_t fixed) noexcept
      : is_fixed_(fixed != 0), chunk_(std::max<std::size_t>(fixed, 1)) {}

  /// Items to take now, of `left` that are to be shared by `lanes`.
  [[nodiscard]] std::size_t chunk(std::size_t left, std::size_t lanes) const noexcept {
    if (is_fixed_) return chunk_;
    // Towards the end the pieces become small, so that all lanes end together.
    return std::clamp<std::size_t>(left / (2 * lanes), 1, chunk_);
  }
  /// Items between two looks at the stop token. A look costs as much as a tiny item.
  [[nodiscard]] std::size_t block() const noexcept { return block_; }

  /// A piece of `items` took `span`.
  void took(std::size_t items, duration span) noexcept {
    const auto spent = static_cast<std::size_t>(std::max<duration::rep>(span.count(), 1));
    block_ = std::clamp<std::size_t>(items * look_every_ns / spent, 1, block_max);
    if (is_fixed_) return;
    if (spent < worth_it_ns / 2) {
      chunk_ = std::min(2 * std::max(chunk_, items), chunk_max);
    } else if (spent > 2 * worth_it_ns) {
      chunk_ = std::max<std::size_t>(items / 2, 1);
    }
  }

 private:
  // Taking a piece costs about 0.1 us: a clock, and an exchange that other CPUs fight for.
  static constexpr std::size_t worth_it_ns = 50'000;
  static constexpr std::size_t look_every_ns = 5'000;
  static constexpr std::size_t block_max = 64;
  static constexpr std::size_t chunk_max = std::size_t{1} << 24;

  const bool is_fixed_;
  std::size_t chunk_;
  std::size_t block_ = 1;
};

}  // namespace tridem::detail
