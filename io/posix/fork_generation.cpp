// SPDX-License-Identifier: MIT
// Counted by the C library's own hook. Relaxed: the count changes only where a process has a single
// thread, in the child of a fork.
#include "io/posix/fork_generation.hpp"

#include <atomic>
#include <pthread.h>

namespace tridem::detail {
namespace {

constinit std::atomic<std::uint32_t> forks{0};

}  // namespace

std::uint32_t fork_generation() noexcept {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
  static_cast<void>(registered);
  return forks.load(std::memory_order_relaxed);
}

}  // namespace tridem::detail
