// SPDX-License-Identifier: MIT
// mp::condition: wait until something that an mp::mutex protects has become true.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/mp_mutex.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace tridem::mp {

/// A condition variable for processes.
///
/// A wait may also end without a notification, so look whether the condition holds: the forms with
/// a predicate do. For that reason no notification can be lost with a process that dies.
///
/// Threads: any, in any process that has a handle. Copies are handles of the same condition.
class condition : public detail::mp_object {
 public:
  /// Errors: std::system_error (descriptors, memory).
  condition();

  /// Ends the wait of `count` at least, or of all who wait if there are fewer.
  void notify(std::size_t count = 1) const noexcept;
  void notify_all() const noexcept;

  /// Unlocks `held`, waits for a notification, locks again.
  ///
  /// @param held    A lock on the mutex that protects the condition; stays the caller's.
  /// Errors:        owner_died, when somebody died with the lock meanwhile; it is not held then.
  /// Cancellation:  at once; the lock is taken back before `cancelled` is thrown.
  /// Threads:       resumes on the same loop.
  /// Cost:          some frames.
  [[nodiscard]] task<> wait(mutex::guard& held) const;
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: owner_died; `cancelled` when the call that runs in this worker was told to stop.
  void wait_blocking(mutex::guard& held) const;

  /// Waits until `predicate()` holds; it is looked at with the lock held.
  template <class Predicate>
  [[nodiscard]] task<> wait(mutex::guard& held, Predicate predicate) const {
    return wait_for_predicate(*this, held, std::move(predicate));
  }
  template <class Predicate>
  void wait_blocking(mutex::guard& held, Predicate predicate) const {
    while (!predicate()) wait_blocking(held);
  }

 private:
  friend struct detail::mp_access;
  explicit condition(std::shared_ptr<detail::mp_block> block) noexcept
      : mp_object(std::move(block)) {}
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in);
  static task<> wait_task(condition self, mutex::guard& held);

  // Takes the handle by value: it may be a temporary.
  template <class Predicate>
  static task<> wait_for_predicate(condition self, mutex::guard& held, Predicate predicate) {
    for (;;) {
      const bool holds = predicate();
      if (holds) co_return;
      co_await self.wait(held);
    }
  }
};

}  // namespace tridem::mp
