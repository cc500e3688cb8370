// SPDX-License-Identifier: MIT
// Where the buffers of a loop come from, and when they go.
#include <tridem/io/detail/buffer_pool.hpp>
#include <tridem/runtime/assert.hpp>

#include <new>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define TRIDEM_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRIDEM_POISONS 1
#endif
#endif
#ifdef TRIDEM_POISONS
#include <sanitizer/asan_interface.h>
#endif

namespace tridem::detail {
namespace {

constexpr std::size_t memory_size = buffer_pool::buffer_size * buffer_pool::count_max;

// Under AddressSanitizer a buffer that was given back cannot be read any more.
void mark_lent([[maybe_unused]] std::byte* buffer) noexcept {
#ifdef TRIDEM_POISONS
  ASAN_UNPOISON_MEMORY_REGION(buffer, buffer_pool::buffer_size);
#endif
}
void mark_returned([[maybe_unused]] std::byte* buffer) noexcept {
#ifdef TRIDEM_POISONS
  ASAN_POISON_MEMORY_REGION(buffer, buffer_pool::buffer_size);
#endif
}

std::byte* reserve() {
  void* const memory = ::mmap(nullptr, memory_size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // A message of a few bytes must not cost 2 MiB. Fails where there are no huge pages.
  static_cast<void>(::madvise(memory, memory_size, MADV_NOHUGEPAGE));
  return static_cast<std::byte*>(memory);
}

}  // namespace

buffer_pool::owner buffer_pool::make() {
  return owner(new buffer_pool);
}

buffer_pool::buffer_pool() : memory_(reserve()), owner_(::pthread_self()) {}

buffer_pool::~buffer_pool() {
#ifdef TRIDEM_POISONS
  ASAN_UNPOISON_MEMORY_REGION(memory_, memory_size);
#endif
  ::munmap(memory_, memory_size);
}

void buffer_pool::retire() noexcept {
  is_retired_ = true;
  if (lent_ == 0) delete this;
}

std::byte* buffer_pool::take() noexcept {
  unsigned number = 0;
  if (returned_ != 0) {
    number = stack_[--returned_];
  } else if (fresh_ != count_max) {
    number = fresh_++;
  } else {
    return nullptr;
  }
  ++lent_;
  mark_lent(buffer(number));
  return buffer(number);
}

void buffer_pool::give_back(std::byte* memory) noexcept {
  TRIDEM_ASSERT(::pthread_equal(owner_, ::pthread_self()),
                "received_bytes were destroyed on another thread than that of their loop; copy "
                "what other threads are to have");
  mark_returned(memory);
  stack_[returned_++] = static_cast<std::uint16_t>(number_of(memory));
  --lent_;
  if (is_retired_ && lent_ == 0) delete this;
}

}  // namespace tridem::detail
