// SPDX-License-Identifier: MIT
// Memory that several processes see at once: an argument or result that is mapped, never copied.
#pragma once

#include <tridem/pool/codec_basic.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace tridem {

/// A block of memory shared with every process it is passed to.
///
/// As an argument or a result of a call only a descriptor crosses; the other side maps the same
/// pages. Nothing orders the accesses of two processes but the call itself: what was written before
/// `submit` is seen by the worker, and what the worker wrote before it returned is seen afterwards.
///
/// The block has no name anywhere, and is freed with its last mapping and descriptor, however the
/// processes end. A worker keeps the mapping of a block of up to 256 MiB for 100 ms, because calls
/// often bring the same one again. It is sealed against changes of its size, so that nobody can
/// make an access fail.
///
/// Threads: as any value. Cost: create, a few system calls; a page costs a fault when first
/// touched. Source: memfd_create(2), Linux 3.17; F_ADD_SEALS in fcntl(2).
class shared_memory {
 public:
  /// An empty block of no bytes.
  shared_memory() noexcept = default;

  /// Creates a block of zeros.
  ///
  /// @param size  Bytes, 0 or more.
  /// Errors:      std::system_error, for example EMFILE or ENOMEM.
  [[nodiscard]] static shared_memory create(std::size_t size);

  /// Maps a block that came from elsewhere as a descriptor.
  ///
  /// @param descriptor  A memfd, sealed against shrinking and growing. It is taken over in any
  /// case. Errors:            std::system_error; malformed_message when it is not sealed.
  [[nodiscard]] static shared_memory adopt(int descriptor);

  shared_memory(shared_memory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        descriptor_(std::exchange(other.descriptor_, -1)) {}
  shared_memory& operator=(shared_memory&& other) noexcept {
    shared_memory(std::move(other)).swap(*this);
    return *this;
  }
  ~shared_memory() { release(); }

  [[nodiscard]] std::span<std::byte> bytes() noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  /// In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// The memfd, still owned by the block; -1 when it is empty.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Another mapping of the same memory.
  ///
  /// Errors: std::system_error.
  [[nodiscard]] shared_memory share() const;

  void swap(shared_memory& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(descriptor_, other.descriptor_);
  }

 private:
  shared_memory(std::byte* data, std::size_t size, int descriptor) noexcept
      : data_(data), size_(size), descriptor_(descriptor) {}
  static shared_memory map(int descriptor, std::size_t size);
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  int descriptor_ = -1;
};

template <>
struct codec<shared_memory> {
  static void write(message_writer& out, const shared_memory& block);
  static shared_memory read(message_reader& in);
};

}  // namespace tridem
