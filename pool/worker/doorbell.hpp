// SPDX-License-Identifier: MIT
// The bell by which the workers of a pool wake its loop, rung only while the loop sleeps.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/detail/channel_layout.hpp>

#include <atomic>
#include <cstdint>

namespace tridem::detail {

/// The shared words and the eventfd, in the parent or in a worker.
class doorbell {
 public:
  /// Creates them. Errors: std::system_error.
  doorbell();
  /// Maps what came from the parent. Errors: std::system_error.
  doorbell(descriptor memory, descriptor event);
  doorbell(const doorbell&) = delete;
  doorbell& operator=(const doorbell&) = delete;
  ~doorbell();

  [[nodiscard]] int memory() const noexcept { return memory_.get(); }
  [[nodiscard]] int event() const noexcept { return event_.get(); }
  [[nodiscard]] doorbell_memory& words() const noexcept { return *words_; }

  /// Parent: from now on workers ring. Look for results once more afterwards, then sleep.
  void prepare_sleep() noexcept {
    words_->loop_asleep.store(1, std::memory_order_relaxed);
    // Pairs with the fence in `ring`: either we see the result, or the worker sees the flag.
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  /// Parent: results are looked for anyway.
  void awake() noexcept { words_->loop_asleep.store(0, std::memory_order_relaxed); }

  /// Worker: after it has published. One system call, and only if the loop sleeps.
  void ring() noexcept;

 private:
  void map();

  descriptor memory_;
  descriptor event_;
  doorbell_memory* words_ = nullptr;
};

}  // namespace tridem::detail
