// SPDX-License-Identifier: MIT
// The bytes that a buffered stream holds: filled at the end, taken from the front, bounded.
#pragma once

#include <tridem/io/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace tridem::detail {

/// One piece of memory that is made by the first read, grows while bytes come fast, and is at most
/// a page when it holds none: a peer that is quiet costs little, also after it was loud.
class byte_buffer {
 public:
  /// @param limit  The most bytes that `room` makes place for, 1 to SIZE_MAX / 2.
  explicit byte_buffer(std::size_t limit) noexcept : limit_(limit) {}
  byte_buffer(byte_buffer&& other) noexcept;
  byte_buffer& operator=(byte_buffer&& other) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] bool is_full() const noexcept { return size() >= limit_; }
  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
  /// What it holds; valid until the next call of a member that is not const.
  [[nodiscard]] const_buffer bytes() const noexcept { return {memory_.get() + begin_, size()}; }

  /// Free memory behind the bytes, never empty. Aborts when the buffer is full.
  [[nodiscard]] mutable_buffer room();
  /// The first `count` bytes of the room have been filled.
  void filled(std::size_t count) noexcept;

  /// Adds a copy of `more`, whatever the limit says.
  void append(const_buffer more);
  /// Forgets the first `count` bytes, or all.
  void drop(std::size_t count) noexcept;
  /// Moves bytes out to `into`, as many as there are and fit; how many that were.
  std::size_t take(mutable_buffer into) noexcept;

  /// Where `text` begins for the first time, not looking before `from`; `none` when nowhere.
  [[nodiscard]] std::size_t find(std::string_view text, std::size_t from) const noexcept;
  static constexpr std::size_t none = std::string_view::npos;

 private:
  void reserve_behind(std::size_t count);

  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t limit_;
  std::size_t step_ = 0;  // how much room the next read gets
};

}  // namespace tridem::detail
