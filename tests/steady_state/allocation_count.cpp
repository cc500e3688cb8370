// SPDX-License-Identifier: MIT
// A counter in front of operator new.
#include "tests/steady_state/allocation_count.hpp"

#include "tests/support/replaced_new.hpp"

#include <atomic>

namespace tridem::test {
namespace {

constinit std::atomic<std::uint64_t> calls = 0;

}  // namespace

bool may_allocate() noexcept {
  calls.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::uint64_t allocations() noexcept {
  return calls.load(std::memory_order_relaxed);
}

}  // namespace tridem::test
