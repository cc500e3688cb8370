// SPDX-License-Identifier: MIT
// mp::barrier: a fixed number of parties, in whatever processes, meet and go on together.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/mp_errors.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tridem::mp {

/// Lets its parties go on only when all of them have arrived; then it starts over for the next
/// round.
///
/// A process that dies while it has a handle breaks the barrier: those
/// who wait get broken_barrier, and so does whoever comes later, until `reset`. A worker has its
/// handle for as long as its call runs.
///
/// Threads: any, in any process that has a handle. Copies are handles of the same barrier.
class barrier : public detail::mp_object {
 public:
  static constexpr std::size_t most_processes = 256;

  /// @param parties  To a round, 1 to 2^31 - 1. Errors: std::system_error; std::length_error.
  explicit barrier(std::size_t parties);

  /// Arrives, and waits until all have. Gives the position of arrival, 0 to parties - 1; exactly
  /// one party gets 0.
  ///
  /// Errors:        broken_barrier.
  /// Cancellation:  takes the arrival back; once the last one has arrived, the wait has completed.
  /// Threads:       resumes on the same loop.
  /// Cost:          a frame; a system call to wake the others.
  [[nodiscard]] task<std::size_t> arrive_and_wait() const;
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: broken_barrier; `cancelled` when the call that runs in this worker was told to stop.
  std::size_t arrive_and_wait_blocking() const;

  /// Breaks the barrier: for whoever knows that somebody will not come.
  void abort() const noexcept;
  /// Starts over. Those who wait get broken_barrier; the dead are forgotten.
  void reset() const noexcept;

  [[nodiscard]] std::size_t parties() const noexcept;
  /// How many wait for the rest.
  [[nodiscard]] std::size_t waiting() const noexcept;
  [[nodiscard]] bool is_broken() const noexcept;

 private:
  friend struct detail::mp_access;
  explicit barrier(std::shared_ptr<detail::mp_block> block) noexcept
      : mp_object(std::move(block)) {}
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in);
  static task<std::size_t> arrive_task(std::shared_ptr<detail::mp_block> block);
};

}  // namespace tridem::mp
