// SPDX-License-Identifier: MIT
// Takes values out of the bytes of one message: the reading half of what codec<T> works with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tridem {

/// The bytes of a message are not what its type says: a bug, a torn write, or a hostile peer.
class malformed_message : public std::runtime_error {
 public:
  explicit malformed_message(const std::string& what) : std::runtime_error(what) {}
};

/// Reads one message, and believes nothing it says.
///
/// Every count is compared with the bytes that are left before anything is allocated, every byte is
/// read once (the other process may change it meanwhile), and nesting is bounded.
///
/// Errors: malformed_message, which names what was expected and where.
class message_reader {
 public:
  /// Whether views into the message may be handed out: only where it outlives them.
  enum class views : bool { refused, allowed };

  /// @param message      Borrowed. Starts at a multiple of 64 bytes if it holds spans.
  /// @param descriptors  Borrowed. Those taken are replaced by -1; the others stay the caller's.
  explicit message_reader(std::span<const std::byte> message, std::span<int> descriptors = {},
                          views allowed = views::refused) noexcept
      : message_(message), descriptors_(descriptors), views_(allowed) {}

  /// Copies the next `size` bytes to `into`.
  void bytes(void* into, std::size_t size) {
    const std::byte* from = take(size);
    if (size != 0) std::memcpy(into, from, size);
  }

  /// Hands out the next `size` bytes in place; they stay valid as long as the message.
  std::span<const std::byte> view(std::size_t size) { return {take(size), size}; }

  template <class T>
    requires std::is_trivially_copyable_v<T>
  T value() {
    T object;
    bytes(&object, sizeof(T));
    return object;
  }

  /// Reads what message_writer::length wrote, whatever it counts.
  std::uint64_t number();

  /// Reads a count of things that follow and take at least `smallest` bytes each.
  ///
  /// @param smallest  1 or more, in bytes: bounds the count by what is left of the message.
  std::size_t length(std::size_t smallest = 1);

  /// Skips the bytes written by message_writer::align.
  void align(std::size_t alignment) { take((alignment - position_ % alignment) % alignment); }

  /// Takes the next attached descriptor; it is the caller's from now on.
  int take_descriptor();

  /// Throws if bytes or descriptors are left over.
  void expect_end() const;

  /// Throws if no view may be handed out here.
  void expect_views_allowed() const;

  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return message_.size() - position_; }

  /// Throws malformed_message: `problem`, and where in the message.
  [[noreturn]] void fail(const std::string& problem) const;

  /// Counts one level of nesting as long as it lives.
  class nesting {
   public:
    explicit nesting(message_reader& reader) : reader_(reader) {
      if (reader_.depth_ == maximum_depth) reader_.fail("values nested deeper than 128 levels");
      ++reader_.depth_;
    }
    ~nesting() { --reader_.depth_; }
    nesting(const nesting&) = delete;
    nesting& operator=(const nesting&) = delete;

   private:
    message_reader& reader_;
  };

  static constexpr unsigned maximum_depth = 128;

 private:
  const std::byte* take(std::size_t size) {
    if (size > remaining()) fail_short(size);
    const std::byte* at = message_.data() + position_;
    position_ += size;
    return at;
  }
  [[noreturn]] void fail_short(std::size_t wanted) const;

  std::span<const std::byte> message_;
  std::span<int> descriptors_;
  std::size_t position_ = 0;
  std::size_t next_descriptor_ = 0;
  unsigned depth_ = 0;
  views views_;
};

}  // namespace tridem
