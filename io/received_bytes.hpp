// SPDX-License-Identifier: MIT
// received_bytes: what a stream has received, in memory that its loop lends.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/detail/buffer_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tridem {

/// Bytes that `receive()` gave, and the loan of the memory in which they are. The loan ends with
/// this object: read, or copy, then let it go.
///
/// A loop has 1024 buffers of 16 KiB, which become memory as they are used. Holding many does not
/// hinder others: whoever receives while all are lent gets memory of their own.
///
/// Threads: that of the loop only, on which it is also destroyed.
class [[nodiscard]] received_bytes {
 public:
  /// No bytes: as at the end of a stream.
  received_bytes() = default;
  received_bytes(received_bytes&& other) noexcept
      : buffer_(std::move(other.buffer_)), size_(std::exchange(other.size_, 0)) {}
  received_bytes& operator=(received_bytes&& other) noexcept {
    buffer_ = std::move(other.buffer_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  /// Library use: see the streams.
  received_bytes(detail::lent_buffer buffer, std::uint32_t size) noexcept
      : buffer_(std::move(buffer)), size_(size) {}

  /// The bytes; they may be changed in place. Valid as long as this object is, or that to which it
  /// was moved.
  [[nodiscard]] mutable_buffer bytes() const noexcept { return {buffer_.memory(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Nothing came, and nothing will: the end of the stream.
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// Takes the memory out, for who keeps bytes in it (library use).
  [[nodiscard]] detail::lent_buffer release() noexcept {
    size_ = 0;
    return std::move(buffer_);
  }

 private:
  detail::lent_buffer buffer_;
  std::uint32_t size_ = 0;
};

}  // namespace tridem
