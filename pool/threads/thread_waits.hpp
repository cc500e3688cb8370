// SPDX-License-Identifier: MIT
// What a loop knows of its jobs on threads: that some are under way, so that it looks again for a
// moment before it sleeps.
#pragma once

#include "pool/threads/spin_policy.hpp"

#include <tridem/runtime/detail/loop_attachment.hpp>
#include <tridem/runtime/detail/poller.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <atomic>
#include <cstddef>

namespace tridem::detail {

class thread_crew;

/// Results arrive through the inbox, at which the loop looks by itself: `poll` has nothing to do.
///
/// Threads: the loop's, but for `partner_runs_on`.
class thread_waits final : public loop_attachment, private poller {
 public:
  static const char kind;

  explicit thread_waits(event_loop& home);
  ~thread_waits() override;

  void begin() noexcept;
  void end() noexcept;
  /// A job of this loop runs on `cpu` now. Threads: any.
  void partner_runs_on(int cpu) noexcept {
    if (partner_cpu_.load(std::memory_order_relaxed) != cpu) {
      partner_cpu_.store(cpu, std::memory_order_relaxed);
    }
  }

 private:
  bool poll() noexcept override { return false; }
  bool prepare_sleep() noexcept override;
  void awake() noexcept override {}
  [[nodiscard]] int spin_ns() const noexcept override;

  event_loop& home_;
  // Where the loop runs inside a job: the crew whose thread it keeps. It runs jobs of its own
  // there, because all other threads may be waiting just like this one.
  thread_crew* const kept_from_;
  std::size_t under_way_ = 0;
  const bool may_spin_;
  mutable bool is_spinning_ = false;
  mutable spin_policy policy_;
  // A hint, written by threads of pools and read by the loop: relaxed, nothing hangs on it. On a
  // line of its own: the loop writes the rest for each job, threads read this.
  alignas(64) std::atomic<int> partner_cpu_{-1};
};

}  // namespace tridem::detail
