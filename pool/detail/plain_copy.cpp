// SPDX-License-Identifier: MIT
// The advice to the kernel.
#include <tridem/pool/detail/plain_copy.hpp>

#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace tridem::detail {

void want_huge_pages(void* memory, std::size_t size) noexcept {
  // Whole pages of this memory only: its neighbours on the others are not ours.
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) & ~(page - 1);
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + size) & ~(page - 1);
  if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace tridem::detail
