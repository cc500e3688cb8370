// SPDX-License-Identifier: MIT
// A plan in front of operator new, by which a chosen call fails.
#include "tests/out_of_memory/allocation_failure.hpp"

#include "tests/support/replaced_new.hpp"

#include <tridem/runtime/detail/frame_pool.hpp>

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

}  // namespace

namespace tridem::test {

bool may_allocate() noexcept {
  plan& now = of_this_thread;
  if (!now.is_on) return true;
  const std::uint64_t number = now.calls++;
  if (number != now.fail_at && !(now.and_all_later && number > now.fail_at)) return true;
  now.has_happened = true;
  return false;
}

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
