// SPDX-License-Identifier: MIT
// Memory for the handlers that Asio keeps while it waits: blocks of one size, used again and again.
#pragma once

#include <cstddef>
#include <new>

namespace tridem::detail {

/// A free list. Threads: the loop's thread only.
class handler_memory {
 public:
  handler_memory() = default;
  handler_memory(const handler_memory&) = delete;
  handler_memory& operator=(const handler_memory&) = delete;
  ~handler_memory() {
    while (free_ != nullptr) {
      block* next = free_->next;
      ::operator delete(free_);
      free_ = next;
    }
  }

  void* take(std::size_t size) {
    if (size > block_size) return ::operator new(size);
    if (free_ == nullptr) return ::operator new(block_size);
    block* taken = free_;
    free_ = taken->next;
    return taken;
  }

  void give_back(void* memory, std::size_t size) noexcept {
    if (size > block_size) return ::operator delete(memory);
    free_ = ::new (memory) block{free_};
  }

 private:
  struct block {
    block* next;
  };
  static constexpr std::size_t block_size = 256;
  block* free_ = nullptr;
};

/// What Asio asks a handler for.
template <class T>
class handler_allocator {
 public:
  using value_type = T;

  explicit handler_allocator(handler_memory& memory) noexcept : memory_(&memory) {}
  template <class Other>
  handler_allocator(const handler_allocator<Other>& other) noexcept : memory_(other.memory_) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept {
    memory_->give_back(memory, count * sizeof(T));
  }

  template <class Other>
  bool operator==(const handler_allocator<Other>& other) const noexcept {
    return memory_ == other.memory_;
  }

  handler_memory* memory_;
};

}  // namespace tridem::detail
