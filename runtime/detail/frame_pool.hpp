// SPDX-License-Identifier: MIT
// Where coroutine frames come from: a per-thread free list for each size class, so that a call
// costs no malloc.
#pragma once

#include <cstddef>

namespace tridem::detail {

/// Memory for one coroutine frame of `size` bytes, aligned to 16.
///
/// Threads: any; a frame may be freed on another thread than the one that made it.
/// Cost: a few instructions once the thread has freed a frame of the same 64-byte class; malloc
/// before that, above 2 KiB, and always under AddressSanitizer and ThreadSanitizer, which must see
/// each lifetime.
[[nodiscard]] void* allocate_frame(std::size_t size);

/// Gives back what `allocate_frame(size)` returned.
void free_frame(void* frame, std::size_t size) noexcept;

}  // namespace tridem::detail
