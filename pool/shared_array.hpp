// SPDX-License-Identifier: MIT
// An array of plain values in shared memory.
#pragma once

#include <tridem/pool/shared_memory.hpp>

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace tridem {

/// A fixed number of T in memory that is shared with every process it is passed to.
///
/// Elements start as zero bytes. The rules of shared_memory hold: only the call orders accesses;
/// for anything finer let T be a lock-free std::atomic.
template <class T>
class shared_array {
  static_assert(std::is_trivially_destructible_v<T> && !std::is_pointer_v<T>,
                "tridem: elements of a shared_array must be plain values without pointers; "
                "another process cannot follow them");

 public:
  shared_array() noexcept = default;

  /// Creates `size` elements of zero bytes. Errors: std::system_error; std::bad_array_new_length.
  explicit shared_array(std::size_t size) : memory_(shared_memory::create(bytes_for(size))) {}

  /// Takes over a block; bytes behind its last whole element are left alone.
  explicit shared_array(shared_memory memory) noexcept : memory_(std::move(memory)) {}

  [[nodiscard]] std::size_t size() const noexcept { return memory_.size() / sizeof(T); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] T* data() noexcept { return reinterpret_cast<T*>(memory_.data()); }
  [[nodiscard]] const T* data() const noexcept {
    return reinterpret_cast<const T*>(memory_.data());
  }
  [[nodiscard]] T& operator[](std::size_t index) noexcept { return data()[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data()[index]; }
  [[nodiscard]] T* begin() noexcept { return data(); }
  [[nodiscard]] T* end() noexcept { return data() + size(); }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size(); }
  [[nodiscard]] std::span<T> span() noexcept { return {data(), size()}; }
  [[nodiscard]] std::span<const T> span() const noexcept { return {data(), size()}; }

  [[nodiscard]] const shared_memory& memory() const noexcept { return memory_; }
  /// Another mapping of the same elements.
  [[nodiscard]] shared_array share() const { return shared_array(memory_.share()); }

 private:
  static std::size_t bytes_for(std::size_t size) {
    if (size > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
    return size * sizeof(T);
  }

  shared_memory memory_;
};

template <class T>
struct codec<shared_array<T>> {
  static void write(message_writer& out, const shared_array<T>& array) {
    encode(out, array.memory());
  }
  static shared_array<T> read(message_reader& in) {
    return shared_array<T>(decode<shared_memory>(in));
  }
};

}  // namespace tridem
