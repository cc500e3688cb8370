// SPDX-License-Identifier: MIT
// Where coroutine frames come from: a per-thread free list for each size class, so that a call
// costs no malloc.
#pragma once

#include <cstddef>

namespace tridem::detail {

/// The freed frames of one thread, by size. Plain data without a destructor, so that frames freed
/// late in a thread's life still find it.
struct frame_cache {
  struct free_frame {
    free_frame* next;
  };
  // Frames of 8, 24, 40 ... bytes: malloc gives those sizes without a remainder, so that a class
  // wastes nothing.
  static constexpr std::size_t class_count = 128;  // frames up to 2 KiB are recycled
  [[nodiscard]] static constexpr std::size_t class_of(std::size_t size) { return (size + 7) / 16; }
  [[nodiscard]] static constexpr std::size_t bytes_of(std::size_t index) { return index * 16 + 8; }

  free_frame* heads[class_count];
  /// Bytes of frames that may still be kept. 0 before the thread has freed its first frame, when it
  /// ends, in debug mode, and for ever under sanitizers: the slow path knows.
  std::size_t room;
};
extern constinit thread_local frame_cache frames_of_this_thread;

[[nodiscard]] void* allocate_frame_slowly(std::size_t size);
void free_frame_slowly(void* frame, std::size_t size) noexcept;

/// Memory for one coroutine frame of `size` bytes, aligned to 16.
///
/// Threads: any; a frame may be freed on another thread than the one that made it.
/// Cost: a few instructions once the thread has freed a frame of the same 16-byte class; malloc
/// before that, above 2 KiB, and always under AddressSanitizer and ThreadSanitizer, which must see
/// each lifetime.
[[nodiscard]] inline void* allocate_frame(std::size_t size) {
  // Inline, because `size` is a constant of each coroutine: what is left is one load and one store.
  const std::size_t index = frame_cache::class_of(size);
  if (index >= frame_cache::class_count) return allocate_frame_slowly(size);
  frame_cache& cache = frames_of_this_thread;
  frame_cache::free_frame* frame = cache.heads[index];
  if (frame == nullptr) [[unlikely]]
    return allocate_frame_slowly(size);
  cache.heads[index] = frame->next;
  cache.room += frame_cache::bytes_of(index);
  return frame;
}

/// Gives back what `allocate_frame(size)` returned.
inline void free_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = frame_cache::class_of(size);
  const std::size_t bytes = frame_cache::bytes_of(index);
  frame_cache& cache = frames_of_this_thread;
  if (index >= frame_cache::class_count || cache.room < bytes) [[unlikely]] {
    free_frame_slowly(frame, size);
    return;
  }
  auto* node = static_cast<frame_cache::free_frame*>(frame);
  node->next = cache.heads[index];
  cache.heads[index] = node;
  cache.room -= bytes;
}

/// While it lives, this thread keeps up to 1 GiB of freed frames instead of 64 MiB: a loop that has
/// had a million tasks at once is likely to have them again, and fresh pages cost more than tasks.
class frame_allowance {
 public:
  frame_allowance() noexcept;
  frame_allowance(const frame_allowance&) = delete;
  ~frame_allowance();
};

/// Gives some of the kept frames above 64 MiB back to malloc: few enough to take about 0.1 ms. True
/// when there are more. For a loop that has nothing else to do.
bool give_back_frames() noexcept;

}  // namespace tridem::detail
