// SPDX-License-Identifier: MIT
// A driver without a system: time is virtual and jumps, operations end when the test says so.
#pragma once

#include <tridem/runtime/driver.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace tridem::test {

/// When nothing is ready, the clock jumps to the next deadline, so no test sleeps in real time.
/// When nothing can ever become ready, it says "deadlock" and aborts.
///
/// While other threads live they may still call `wake`: then a jump waits 2 ms of real time for
/// them first, and a deadlock is declared after 10 s.
class virtual_driver final : public driver {
 public:
  virtual_driver() noexcept { current_ = this; }
  ~virtual_driver() override;

  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override;
  void wake() noexcept override;
  [[nodiscard]] time_point now() const noexcept override { return now_; }
  [[nodiscard]] const char* name() const noexcept override { return "virtual"; }

  /// The one that run() made last, on this thread; for tests of `runtime`, whose run() makes no
  /// other.
  [[nodiscard]] static virtual_driver& current() noexcept { return *current_; }

  /// Lets the next turn deliver `result` for `op`, which must be held.
  void complete(operation& op, std::int32_t result);

  /// Operations given to the driver and not ended by `complete` or a cancellation.
  [[nodiscard]] const std::vector<operation*>& held() const noexcept { return held_; }

  /// Called when nothing is ready and nothing has ended, before the clock jumps: whatever could go
  /// on by then has been forgotten.
  std::function<void()> when_idle;

  /// How a request to cancel is answered: at once with -ECANCELED, or only by the test's
  /// `complete`.
  bool obeys_cancel = true;

 private:
  void take(operation_list& submitted);
  bool wait_for_wake(std::chrono::milliseconds patience);

  static inline thread_local virtual_driver* current_ = nullptr;

  time_point now_{};
  // Not lists: the links of a held node belong to the loop, which uses them for a request to
  // cancel.
  std::vector<operation*> held_;
  std::vector<operation*> ended_;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;  // guarded by mutex_
};

}  // namespace tridem::test
