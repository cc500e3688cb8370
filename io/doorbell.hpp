// SPDX-License-Identifier: MIT
// A doorbell wakes a loop from another process: a word in shared memory, and an eventfd beside it.
#pragma once

#include <tridem/runtime/event_loop.hpp>

#include <atomic>
#include <cstdint>

namespace tridem {

/// How `wait_doorbell_operation` waits on a loop; whoever rings must do it the same way.
enum class doorbell_kind : std::uint32_t {
  futex,    ///< On the word itself: the io_uring of Linux 6.7.
  eventfd,  ///< On the eventfd: everywhere else.
};

/// The way of `loop`. It never changes during the life of a loop.
[[nodiscard]] doorbell_kind doorbell_kind_of(const event_loop& loop) noexcept;

/// Wakes the loop that waits for the doorbell. Change the word first, with release order or
/// stronger.
///
/// Threads: any, in any process. Cost: one system call, so ring only when the other side sleeps.
void ring_doorbell(const std::atomic<std::uint32_t>& word, int eventfd,
                   doorbell_kind kind) noexcept;

}  // namespace tridem
