// SPDX-License-Identifier: MIT
// The operators that a program replaces.
#include "tests/support/replaced_new.hpp"

#include <cstdlib>
#include <new>

namespace {

void* allocate(std::size_t size) {
  void* place = tridem::test::may_allocate() ? std::malloc(size == 0 ? 1 : size) : nullptr;
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
