// SPDX-License-Identifier: MIT
// Turns values into the bytes of one message: the writing half of what codec<T> works with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace tridem {

/// Writes the bytes of one message into a buffer, and counts those for which there is no room.
///
/// Works like snprintf: writing never fails, `size()` says afterwards how many bytes the message
/// has, and `fits()` whether all of them are in the buffer. So a small message is written once,
/// straight to its place; for a larger one the first pass measures and the second one writes, and
/// no byte is ever copied through a temporary buffer.
///
/// Cost: no allocation, unless a descriptor is attached.
class message_writer {
 public:
  /// Measures only.
  message_writer() noexcept = default;
  /// @param file  When it is not negative: a file whose mapping `buffer` is, and whose pages do not
  ///              exist yet. Large pieces are written to it, which is cheaper than a fault a page.
  explicit message_writer(std::span<std::byte> buffer, int file = -1) noexcept
      : buffer_(buffer), file_(file) {}

  /// Appends `size` raw bytes.
  void bytes(const void* data, std::size_t size) noexcept {
    if (size != 0 && size <= buffer_.size() && size_ <= buffer_.size() - size) {
      if (file_ < 0 || size < worth_a_write || !write_to_file(data, size)) {
        std::memcpy(buffer_.data() + size_, data, size);
      }
    }
    size_ += size;
  }

  /// Appends the object representation of one trivially copyable value.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void value(const T& object) noexcept {
    bytes(&object, sizeof(T));
  }

  /// Appends an element count or a size in bytes: 1 byte up to 127, at most 10 bytes.
  void length(std::uint64_t count) noexcept {
    std::byte digits[10];
    std::size_t used = 0;
    while (count >= 0x80) {
      digits[used++] = static_cast<std::byte>((count & 0x7f) | 0x80);
      count >>= 7;
    }
    digits[used++] = static_cast<std::byte>(count);
    bytes(digits, used);
  }

  /// Appends zero bytes until the next byte is aligned, counted from the start of the message.
  ///
  /// @param alignment  A power of two up to 64: messages start at a multiple of that.
  void align(std::size_t alignment) noexcept {
    static constexpr std::byte zeros[64] = {};
    bytes(zeros, (alignment - size_ % alignment) % alignment);
  }

  /// Lets a descriptor travel with the message.
  ///
  /// @param descriptor  Borrowed, and open until the message was sent. The other side gets its own.
  void attach(int descriptor) { attachments_.push_back(descriptor); }

  /// The size of the message so far, in bytes, whether it fits or not.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool fits() const noexcept { return size_ <= buffer_.size(); }
  [[nodiscard]] std::span<const int> attachments() const noexcept { return attachments_; }

 private:
  static constexpr std::size_t worth_a_write = std::size_t{256} << 10;
  [[nodiscard]] bool write_to_file(const void* data, std::size_t size) noexcept;

  std::span<std::byte> buffer_;
  int file_ = -1;
  std::size_t size_ = 0;
  std::vector<int> attachments_;
};

}  // namespace tridem
