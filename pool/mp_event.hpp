// SPDX-License-Identifier: MIT
// mp::event: processes wait until something has happened in one of them.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/runtime/task.hpp>

#include <memory>
#include <utility>

namespace tridem::mp {

/// A flag that processes can wait for. Level-triggered: while it is set, waiting returns at once.
///
/// Nobody owns an event, so no death can break it; but whoever was to set it may have died. Its
/// call fails with worker_crashed then, which cancels what waits beside it in a gather or a group.
///
/// Threads: any, in any process that has a handle. Copies are handles of the same event.
class event : public detail::mp_object {
 public:
  /// Creates one that is not set. Errors: std::system_error (descriptors, memory).
  event();

  /// Ends the wait of all who wait, also when it is cleared right afterwards.
  void set() const noexcept;
  /// Whoever waits from now on waits for the next `set`.
  void clear() const noexcept;
  [[nodiscard]] bool is_set() const noexcept;

  /// Waits until the event is set.
  ///
  /// Cancellation:  at once.
  /// Threads:       resumes on the same loop.
  /// Cost:          a frame; no system call when it is set.
  [[nodiscard]] task<> wait() const;
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: `cancelled` when the call that runs in this worker was told to stop.
  void wait_blocking() const;

 private:
  friend struct detail::mp_access;
  explicit event(std::shared_ptr<detail::mp_block> block) noexcept : mp_object(std::move(block)) {}
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in);
  static task<> wait_task(std::shared_ptr<detail::mp_block> block);
};

}  // namespace tridem::mp
