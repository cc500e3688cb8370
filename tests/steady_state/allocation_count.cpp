// SPDX-License-Identifier: MIT
// operator new over malloc, counted.
#include "tests/steady_state/allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constinit std::atomic<std::uint64_t> calls = 0;

void* allocate(std::size_t size) {
  calls.fetch_add(1, std::memory_order_relaxed);
  void* place = std::malloc(size == 0 ? 1 : size);
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

std::uint64_t allocations() noexcept {
  return calls.load(std::memory_order_relaxed);
}

}  // namespace tridem::test
