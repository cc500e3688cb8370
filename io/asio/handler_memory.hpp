// SPDX-License-Identifier: MIT
// Memory for the handlers that Asio keeps while it waits: from the free list of frames, in which
// each has a size of its own, for every connection that waits has a handler.
#pragma once

#include <tridem/runtime/detail/frame_pool.hpp>

#include <cstddef>

namespace tridem::detail {

/// What Asio asks a handler for.
template <class T>
class handler_allocator {
 public:
  using value_type = T;

  handler_allocator() = default;
  template <class Other>
  handler_allocator(const handler_allocator<Other>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_frame(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { free_frame(memory, count * sizeof(T)); }

  template <class Other>
  bool operator==(const handler_allocator<Other>&) const noexcept {
    return true;
  }
};

}  // namespace tridem::detail
