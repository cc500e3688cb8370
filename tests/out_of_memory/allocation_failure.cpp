// SPDX-License-Identifier: MIT
// operator new over malloc, with a count that can be told to fail.
#include "tests/out_of_memory/allocation_failure.hpp"

#include <tridem/runtime/detail/frame_pool.hpp>

#include <cstdlib>
#include <new>

namespace {

struct plan {
  bool is_on = false;
  bool and_all_later = false;
  bool has_happened = false;
  std::uint64_t fail_at = 0;
  std::uint64_t calls = 0;
};
constinit thread_local plan of_this_thread;

bool must_fail() noexcept {
  plan& now = of_this_thread;
  if (!now.is_on) return false;
  const std::uint64_t number = now.calls++;
  if (number != now.fail_at && !(now.and_all_later && number > now.fail_at)) return false;
  now.has_happened = true;
  return true;
}

void* allocate(std::size_t size) {
  void* place = must_fail() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (place == nullptr) throw std::bad_alloc();
  return place;
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete[](void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete[](void* place, std::size_t) noexcept {
  std::free(place);
}

namespace tridem::test {

allocation_failure::allocation_failure(std::uint64_t number, bool and_all_later) noexcept {
  of_this_thread = {true, and_all_later, false, number, 0};
}
allocation_failure::~allocation_failure() {
  of_this_thread.is_on = false;
}
std::uint64_t allocation_failure::calls() const noexcept {
  return of_this_thread.calls;
}
bool allocation_failure::has_happened() const noexcept {
  return of_this_thread.has_happened;
}

void forget_recycled_frames() noexcept {
  auto& cache = detail::frames_of_this_thread;
  for (std::size_t index = 0; index < cache.class_count; ++index) {
    while (cache.heads[index] != nullptr) {
      auto* frame = cache.heads[index];
      cache.heads[index] = frame->next;
      cache.room += cache.bytes_of(index);
      ::operator delete(frame);
    }
  }
}

}  // namespace tridem::test
