// SPDX-License-Identifier: MIT
// The memory that a loop receives into: buffers that are lent to whoever has bytes to read, so that
// whoever waits for them needs none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <pthread.h>

namespace tridem::detail {

/// The buffers of one loop, all of one size.
///
/// Memory is reserved as a whole and taken from the system page by page, where bytes arrive; what
/// came back last is lent first. The pool lives until its owner has retired it and the last buffer
/// has come back, whichever is later.
///
/// Threads: that of the loop only; a buffer that comes back on another aborts.
class buffer_pool {
 public:
  static constexpr std::size_t buffer_size = 16 * 1024;  // bytes
  static constexpr unsigned count_max = 1024;

  struct retirement {
    void operator()(buffer_pool* pool) const noexcept { pool->retire(); }
  };
  using owner = std::unique_ptr<buffer_pool, retirement>;

  /// Errors: std::bad_alloc.
  [[nodiscard]] static owner make();
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;

  /// A buffer; null when all are lent.
  [[nodiscard]] std::byte* take() noexcept;
  void give_back(std::byte* buffer) noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return lent_ == count_max; }

  /// Buffers have numbers, from 0 to `count_max` - 1.
  [[nodiscard]] std::byte* buffer(unsigned number) const noexcept {
    return memory_ + number * buffer_size;
  }
  [[nodiscard]] unsigned number_of(const std::byte* buffer) const noexcept {
    return static_cast<unsigned>(static_cast<std::size_t>(buffer - memory_) / buffer_size);
  }

 private:
  buffer_pool();
  ~buffer_pool();
  void retire() noexcept;

  std::byte* const memory_;
  const pthread_t owner_;
  unsigned lent_ = 0;
  unsigned fresh_ = 0;     // from this number on, none has ever been lent
  unsigned returned_ = 0;  // how many stand in `stack_`
  bool is_retired_ = false;
  std::array<std::uint16_t, count_max> stack_;
};

/// A buffer on loan, which goes back by itself; or one of its own, made because the pool had none.
class lent_buffer {
 public:
  lent_buffer() = default;
  /// Of `home`, or, without one, of `new std::byte[]`.
  lent_buffer(std::byte* memory, buffer_pool* home) noexcept : memory_(memory), home_(home) {}
  lent_buffer(lent_buffer&& other) noexcept : memory_(other.memory_), home_(other.home_) {
    other.memory_ = nullptr;
  }
  lent_buffer& operator=(lent_buffer&& other) noexcept {
    std::byte* const taken = other.memory_;
    other.memory_ = nullptr;
    release();
    memory_ = taken;
    home_ = other.home_;
    return *this;
  }
  ~lent_buffer() { release(); }

  [[nodiscard]] explicit operator bool() const noexcept { return memory_ != nullptr; }
  [[nodiscard]] std::byte* memory() const noexcept { return memory_; }
  [[nodiscard]] bool is_of_pool() const noexcept { return memory_ != nullptr && home_ != nullptr; }

 private:
  void release() noexcept {
    if (memory_ == nullptr) return;
    if (home_ != nullptr) {
      home_->give_back(memory_);
    } else {
      delete[] memory_;
    }
  }

  std::byte* memory_ = nullptr;
  buffer_pool* home_ = nullptr;
};

}  // namespace tridem::detail
