// SPDX-License-Identifier: MIT
// The bytes that a buffered stream holds: filled at the end, taken from the front, bounded.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/received_bytes.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace tridem::detail {

/// One piece of memory: what a loop lent and `adopt` took over, or one of its own that grows while
/// bytes come fast and is at most a page when it holds none. After `rest` it is as large as its
/// bytes, and without bytes nothing but a null pointer: a peer that is quiet costs nothing, also
/// after it was loud.
class byte_buffer {
 public:
  /// @param limit  The most bytes that `room` makes place for, 1 to SIZE_MAX / 2.
  explicit byte_buffer(std::size_t limit) noexcept : limit_(limit) {}

  [[nodiscard]] std::size_t size() const noexcept {
    return held_ == nullptr ? 0 : held_->end - held_->begin;
  }
  [[nodiscard]] bool is_full() const noexcept { return size() >= limit_; }
  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
  /// What it holds; valid until the next call of a member that is not const.
  [[nodiscard]] const_buffer bytes() const noexcept {
    if (held_ == nullptr) return {};
    return {held_->memory + held_->begin, size()};
  }

  /// Free memory behind the bytes, never empty. Aborts when the buffer is full.
  [[nodiscard]] mutable_buffer room();
  /// The first `count` bytes of the room have been filled.
  void filled(std::size_t count) noexcept;

  /// Adds a copy of `more`, whatever the limit says.
  void append(const_buffer more);
  /// Adds `more`, whatever the limit says: in its own memory when there is nothing before it.
  void adopt(received_bytes more);
  /// Gives back what it does not need while nothing is read or written.
  void rest();
  /// Forgets the first `count` bytes, or all.
  void drop(std::size_t count) noexcept;
  /// Moves bytes out to `into`, as many as there are and fit; how many that were.
  std::size_t take(mutable_buffer into) noexcept;

  /// Where `text` begins for the first time, not looking before `from`; `none` when nowhere within
  /// the limit.
  [[nodiscard]] std::size_t find(std::string_view text, std::size_t from) const noexcept;
  static constexpr std::size_t none = std::string_view::npos;

 private:
  // All from the free list of frames: where lines come and go, so does this.
  struct holding {
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* place, std::size_t size) noexcept { free_frame(place, size); }
    holding() = default;
    holding(const holding&) = delete;
    ~holding() { let_go(); }
    void let_go() noexcept;

    lent_buffer lease;            // or else `memory` is its own
    std::byte* memory = nullptr;  // that of the lease, or of its own
    std::size_t capacity = 0;     // of what a loop lent: the bytes that came
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t step = 0;  // how much room the next read gets
  };

  holding& held();
  void reserve_behind(std::size_t count);
  void move_to_own(std::size_t capacity);

  std::unique_ptr<holding> held_;
  std::size_t limit_;
};

}  // namespace tridem::detail
