// SPDX-License-Identifier: MIT
// The slow path of the free lists: malloc, and what happens when a thread begins and ends.
#include <tridem/runtime/detail/frame_pool.hpp>

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

constinit thread_local frame_cache frames_of_this_thread{};

#if TRIDEM_RECYCLE_FRAMES
namespace {

// Per thread; what is above goes back to malloc.
constexpr std::size_t kept_bytes_max = 64 * 1024 * 1024;

enum class life : unsigned char { no_frame_yet, recycles, has_ended };
constinit thread_local life life_of_this_thread = life::no_frame_yet;

struct drain_at_thread_exit {
  ~drain_at_thread_exit() {
    life_of_this_thread = life::has_ended;
    frames_of_this_thread.room = 0;
    for (frame_cache::free_frame*& head : frames_of_this_thread.heads) {
      while (head != nullptr) {
        frame_cache::free_frame* frame = head;
        head = frame->next;
        ::operator delete(frame);
      }
    }
  }
};

void begin_to_recycle() {
  static thread_local drain_at_thread_exit drain;
  (void)drain;
  life_of_this_thread = life::recycles;
  frames_of_this_thread.room = kept_bytes_max;
}

}  // namespace

void* allocate_frame_slowly(std::size_t size) {
  const std::size_t classes = (size - 1) / frame_cache::class_size + 1;
  // Rounded up, so that whoever is given it next may use the whole class.
  return ::operator new(classes <= frame_cache::class_count ? classes * frame_cache::class_size
                                                            : size);
}

void free_frame_slowly(void* frame, std::size_t size) noexcept {
  if (life_of_this_thread == life::no_frame_yet &&
      size <= frame_cache::class_count * frame_cache::class_size) {
    begin_to_recycle();
    free_frame(frame, size);
    return;
  }
  ::operator delete(frame);
}

#else

// `room` stays 0, so that every frame comes by here.
void* allocate_frame_slowly(std::size_t size) {
  return ::operator new(size);
}
void free_frame_slowly(void* frame, std::size_t) noexcept {
  ::operator delete(frame);
}

#endif
}  // namespace tridem::detail
