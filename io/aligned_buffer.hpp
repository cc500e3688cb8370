// SPDX-License-Identifier: MIT
// Memory for files that are opened with open_flags::direct.
#pragma once

#include <tridem/io/buffer.hpp>

#include <cstddef>
#include <memory>
#include <new>

namespace tridem {

/// Bytes, zeroed, whose address is a multiple of `alignment`, and so is their number.
///
/// Direct reads and writes go between disk and this memory without a copy; their offsets and sizes
/// must be multiples too. 4096 suits every disk of today.
class aligned_buffer {
 public:
  /// @param size       Bytes, rounded up to a multiple of `alignment`.
  /// @param alignment  A power of two, 1 to 2 MiB.
  explicit aligned_buffer(std::size_t size, std::size_t alignment = 4096)
      : size_((size + alignment - 1) / alignment * alignment),
        bytes_(static_cast<std::byte*>(::operator new(size_, std::align_val_t(alignment))),
               deleter{std::align_val_t(alignment)}) {
    std::uninitialized_value_construct_n(bytes_.get(), size_);
  }

  [[nodiscard]] std::byte* data() noexcept { return bytes_.get(); }
  [[nodiscard]] const std::byte* data() const noexcept { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::byte* begin() noexcept { return data(); }
  [[nodiscard]] std::byte* end() noexcept { return data() + size_; }
  [[nodiscard]] const std::byte* begin() const noexcept { return data(); }
  [[nodiscard]] const std::byte* end() const noexcept { return data() + size_; }

 private:
  struct deleter {
    std::align_val_t alignment;
    void operator()(std::byte* bytes) const noexcept { ::operator delete(bytes, alignment); }
  };

  std::size_t size_;
  std::unique_ptr<std::byte, deleter> bytes_;
};

}  // namespace tridem
