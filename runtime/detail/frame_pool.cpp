// SPDX-License-Identifier: MIT
// The slow path of the free lists: malloc, and what happens when a thread begins and ends.
#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/detail/frame_quarantine.hpp>

#include <limits>
#include <new>

#if defined(__has_feature)
#define TRIDEM_HAS_FEATURE(name) __has_feature(name)
#else
#define TRIDEM_HAS_FEATURE(name) 0
#endif

namespace tridem::detail {

constinit thread_local frame_cache frames_of_this_thread{};

namespace {

#if defined(__SANITIZE_ADDRESS__) || TRIDEM_HAS_FEATURE(address_sanitizer)
constexpr bool recycles_frames = false;
constexpr bool has_quarantine = false;
#elif defined(__SANITIZE_THREAD__) || TRIDEM_HAS_FEATURE(thread_sanitizer)
constexpr bool recycles_frames = false;
constexpr bool has_quarantine = true;
#else
constexpr bool recycles_frames = true;
constexpr bool has_quarantine = true;
#endif

// Per thread; what is above goes back to malloc, in a loop only when it is idle.
constexpr std::size_t kept_at_rest = std::size_t{64} << 20;
constexpr std::size_t kept_by_loop = std::size_t{1} << 30;
constinit thread_local std::size_t kept_max = kept_at_rest;
constexpr std::size_t given_back_at_once = 2048;  // frames

constexpr bool is_recycled(std::size_t size) {
  return recycles_frames && frame_cache::class_of(size) < frame_cache::class_count;
}

enum class life : unsigned char { no_frame_yet, recycles, has_ended };
constinit thread_local life life_of_this_thread = life::no_frame_yet;

// Afterwards every frame comes by the slow path, until there is room again.
void empty_cache_of_this_thread() noexcept {
  frames_of_this_thread.room = 0;
  for (frame_cache::free_frame*& head : frames_of_this_thread.heads) {
    while (head != nullptr) {
      frame_cache::free_frame* frame = head;
      head = frame->next;
      ::operator delete(frame);
    }
  }
}

struct drain_at_thread_exit {
  ~drain_at_thread_exit() {
    life_of_this_thread = life::has_ended;
    empty_cache_of_this_thread();
  }
};

void begin_to_recycle() {
  static thread_local drain_at_thread_exit drain;
  (void)drain;
  life_of_this_thread = life::recycles;
  frames_of_this_thread.room = kept_max;
}

bool is_recycling() noexcept {
  return life_of_this_thread == life::recycles && frame_quarantine::of_this_thread == nullptr;
}

/// Frees frames, large ones first, until at most `kept_at_rest` bytes are kept. False when there
/// were more than `most` to free.
bool shrink(std::size_t most) noexcept {
  if (!is_recycling()) return true;
  frame_cache& cache = frames_of_this_thread;
  const std::size_t room_at_rest = kept_max - kept_at_rest;
  for (std::size_t index = frame_cache::class_count; cache.room < room_at_rest && index-- > 0;) {
    while (cache.heads[index] != nullptr && cache.room < room_at_rest) {
      if (most-- == 0) return false;
      frame_cache::free_frame* frame = cache.heads[index];
      cache.heads[index] = frame->next;
      cache.room += frame_cache::bytes_of(index);
      ::operator delete(frame);
    }
  }
  return true;
}

}  // namespace

frame_allowance::frame_allowance() noexcept {
  kept_max = kept_by_loop;
  if (is_recycling()) frames_of_this_thread.room += kept_by_loop - kept_at_rest;
}

frame_allowance::~frame_allowance() {
  shrink(std::numeric_limits<std::size_t>::max());
  kept_max = kept_at_rest;
  if (is_recycling()) frames_of_this_thread.room -= kept_by_loop - kept_at_rest;
}

bool give_back_frames() noexcept {
  return !shrink(given_back_at_once);
}

void* allocate_frame_slowly(std::size_t size) {
  // Rounded up, so that whoever is given it next may use the whole class.
  const std::size_t rounded = frame_cache::bytes_of(frame_cache::class_of(size));
  void* frame = ::operator new(is_recycled(size) ? rounded : size);
  if (frame_quarantine::of_this_thread != nullptr) frame_quarantine::fill_new(frame, size);
  return frame;
}

void free_frame_slowly(void* frame, std::size_t size) noexcept {
  if (frame_quarantine* quarantine = frame_quarantine::of_this_thread) {
    quarantine->take(frame, size);
  } else if (is_recycled(size) && life_of_this_thread == life::no_frame_yet) {
    begin_to_recycle();
    free_frame(frame, size);
  } else {
    ::operator delete(frame);
  }
}

void enter_quarantine() {
  if constexpr (!has_quarantine) return;
  if (frame_quarantine::of_this_thread != nullptr) return;
  empty_cache_of_this_thread();
  frame_quarantine::of_this_thread = new frame_quarantine;
}

void leave_quarantine() noexcept {
  // Not `null` before all was looked at: a report names what stands in it.
  delete frame_quarantine::of_this_thread;
  frame_quarantine::of_this_thread = nullptr;
  if (life_of_this_thread == life::recycles) frames_of_this_thread.room = kept_max;
}

}  // namespace tridem::detail
