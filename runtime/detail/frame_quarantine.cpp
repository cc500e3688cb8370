// SPDX-License-Identifier: MIT
// What a freed frame looks like in debug mode: two functions of ours where a coroutine has its own,
// then the pattern.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/frame_quarantine.hpp>
#include <tridem/runtime/detail/symbols.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

namespace tridem::detail {

constinit thread_local frame_quarantine* frame_quarantine::of_this_thread = nullptr;

namespace {

constexpr unsigned char freed_byte = 0xfd;
constexpr unsigned char new_byte = 0xcd;

// How every compiler for this system lays out the start of a frame: coroutine_handle<>::resume and
// destroy call through it, whatever the promise.
struct frame_head {
  void (*resume)(void*);
  void (*destroy)(void*);
};

}  // namespace

void report_use_after_free(void* frame, const char* what) noexcept {
  std::string text = std::string("a coroutine was ") + what + " after its frame was freed";
  if (const frame_quarantine* here = frame_quarantine::of_this_thread) {
    for (const frame_quarantine::entry& one : here->held_) {
      if (one.frame != frame) continue;
      text += "; it was " + function_at(one.function) + ", " + std::to_string(one.size) + " bytes";
    }
  }
  text += "; who resumes must not outlive who is resumed: keep the task, the handle or the group";
  misuse(text.c_str(), __FILE__, __LINE__);
}

namespace {

void resumed_after_free(void* frame) {
  report_use_after_free(frame, "resumed");
}
void destroyed_after_free(void* frame) {
  report_use_after_free(frame, "destroyed");
}

constexpr frame_head head_of_the_freed = {&resumed_after_free, &destroyed_after_free};

void poison(void* frame, std::size_t size) noexcept {
  std::memset(frame, freed_byte, size);
  if (size >= sizeof head_of_the_freed) {
    std::memcpy(frame, &head_of_the_freed, sizeof head_of_the_freed);
  }
}

// The offset of the first byte that is no longer what `poison` wrote; `size` when there is none.
std::size_t first_change(const void* frame, std::size_t size) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(frame);
  unsigned char head[sizeof head_of_the_freed];
  std::memcpy(head, &head_of_the_freed, sizeof head);
  const std::size_t head_size = size >= sizeof head ? sizeof head : 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] != (i < head_size ? head[i] : freed_byte)) return i;
  }
  return size;
}

// The pointer to resume is null once the body has ended, that to destroy is there always. The first
// is preferred, because clang may make one function of the ends of many.
const void* function_of(const void* frame, std::size_t size) noexcept {
  frame_head head{};
  if (size < sizeof head) return nullptr;
  std::memcpy(&head, frame, sizeof head);
  return reinterpret_cast<const void*>(head.resume != nullptr ? head.resume : head.destroy);
}

}  // namespace

frame_quarantine::~frame_quarantine() {
  while (!held_.empty()) release_oldest();
}

void frame_quarantine::take(void* frame, std::size_t size) {
  held_.push_back({frame, size, function_of(frame, size)});
  poison(frame, size);
  bytes_ += size;
  while (bytes_ > bytes_max || held_.size() > frames_max) release_oldest();
}

void frame_quarantine::release_oldest() noexcept {
  const entry oldest = held_.front();
  const std::size_t changed = first_change(oldest.frame, oldest.size);
  if (changed != oldest.size) {
    const std::string text = "a coroutine's frame was written to after it was freed, at byte " +
                             std::to_string(changed) + " of " + std::to_string(oldest.size) +
                             "; it was " + function_at(oldest.function) +
                             "; something still refers to its variables or parameters";
    misuse(text.c_str(), __FILE__, __LINE__);
  }
  held_.pop_front();
  bytes_ -= oldest.size;
  ::operator delete(oldest.frame);
}

void frame_quarantine::fill_new(void* frame, std::size_t size) noexcept {
  std::memset(frame, new_byte, size);
}

}  // namespace tridem::detail
