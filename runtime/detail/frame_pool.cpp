// SPDX-License-Identifier: MIT
// The free lists behind allocate_frame.
#include <tridem/runtime/detail/frame_pool.hpp>

#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRIDEM_RECYCLE_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TRIDEM_RECYCLE_FRAMES 0
#endif
#endif
#ifndef TRIDEM_RECYCLE_FRAMES
#define TRIDEM_RECYCLE_FRAMES 1
#endif

namespace tridem::detail {
#if TRIDEM_RECYCLE_FRAMES
namespace {

constexpr std::size_t class_size = 64;   // bytes
constexpr std::size_t class_count = 32;  // frames up to 2 KiB are recycled
constexpr std::size_t cached_bytes_max =
    64 * 1024 * 1024;  // per thread; what is above goes back to malloc

struct free_frame_node {
  free_frame_node* next;
};

// Plain data without a destructor, so that frames freed late in a thread's life still find it.
struct frame_cache {
  free_frame_node* heads[class_count];
  std::size_t cached_bytes;
  bool armed;   // the drain below will run at the end of this thread
  bool closed;  // it has run: nothing is cached any more
};
constinit thread_local frame_cache cache{};

struct drain_at_thread_exit {
  ~drain_at_thread_exit() {
    cache.closed = true;
    for (free_frame_node*& head : cache.heads) {
      while (head != nullptr) {
        free_frame_node* frame = head;
        head = frame->next;
        ::operator delete(frame);
      }
    }
  }
};

void arm() {
  static thread_local drain_at_thread_exit drain;
  (void)drain;
  cache.armed = true;
}

}  // namespace

void* allocate_frame(std::size_t size) {
  const std::size_t index = (size - 1) / class_size;
  if (index >= class_count) return ::operator new(size);
  if (free_frame_node* frame = cache.heads[index]) [[likely]] {
    cache.heads[index] = frame->next;
    cache.cached_bytes -= (index + 1) * class_size;
    return frame;
  }
  return ::operator new((index + 1) * class_size);
}

void free_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size - 1) / class_size;
  const std::size_t bytes = (index + 1) * class_size;
  if (index >= class_count || cache.closed || cache.cached_bytes + bytes > cached_bytes_max) {
    ::operator delete(frame);
    return;
  }
  if (!cache.armed) [[unlikely]]
    arm();
  auto* node = ::new (frame) free_frame_node{cache.heads[index]};
  cache.heads[index] = node;
  cache.cached_bytes += bytes;
}

#else

void* allocate_frame(std::size_t size) {
  return ::operator new(size);
}
void free_frame(void* frame, std::size_t) noexcept {
  ::operator delete(frame);
}

#endif
}  // namespace tridem::detail
