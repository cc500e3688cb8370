// SPDX-License-Identifier: MIT
// Mappings that a worker has let go of, kept for a moment: the next call often brings the same
// block.
//
// To map 64 MiB and to touch them again costs a thousand faults; to find them here costs a look. A
// block is known by its inode, which is nobody else's as long as the kept descriptor holds it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <sys/types.h>

namespace tridem::detail {

/// What shared_memory consists of.
struct mapped_block {
  std::byte* data = nullptr;
  std::size_t size = 0;
  int descriptor = -1;
};

/// Threads: any. Off, and empty, except in a worker process.
class mapping_cache {
 public:
  /// How long a mapping is kept that nobody asks for: so much later its memory may be free.
  static constexpr std::chrono::milliseconds lifetime{100};
  static constexpr std::size_t most_blocks = 8;
  static constexpr std::size_t most_bytes = std::size_t{256} << 20;

  [[nodiscard]] static mapping_cache& of_process() noexcept;

  void enable() noexcept { is_enabled_.store(true, std::memory_order_relaxed); }
  /// Takes a mapping over. False when it has to be unmapped and closed by its owner.
  [[nodiscard]] bool keep(const mapped_block& block) noexcept;
  /// Hands out a mapping of the memory behind `descriptor`, which stays the caller's.
  [[nodiscard]] std::optional<mapped_block> take(int descriptor) noexcept;

  [[nodiscard]] bool is_empty() const noexcept {
    return count_.load(std::memory_order_relaxed) == 0;
  }
  /// Lets go of what was not asked for during `lifetime`.
  void drop_old() noexcept;
  void drop_all() noexcept;

 private:
  using steady = std::chrono::steady_clock;
  struct entry {
    mapped_block block;
    ::dev_t device = 0;
    ::ino_t inode = 0;
    steady::time_point since;
  };

  void drop(entry& old) noexcept;
  entry* oldest() noexcept;

  std::atomic<bool> is_enabled_{false};
  std::atomic<std::size_t> count_{0};
  std::mutex lock_;
  std::array<entry, most_blocks> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace tridem::detail
