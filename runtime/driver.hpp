// SPDX-License-Identifier: MIT
// THE SEAM: all that a loop needs from the system below it. One virtual call per turn, none per
// operation.
#pragma once

#include <tridem/runtime/operation.hpp>
#include <tridem/runtime/time.hpp>

namespace tridem {

/// What serves operations: io_uring, Asio's reactor, a simulation, or a test's own world.
///
/// A driver is used by one loop, on that loop's thread; `wake` alone may be called from elsewhere.
class driver {
 public:
  driver() = default;
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
  virtual ~driver() = default;

  /// Gives `submitted` to the system, waits for a completion or `deadline`, fills `completed`.
  ///
  /// @param submitted  Taken whole: afterwards empty. A node in state `queued` is a new request:
  /// set its state to
  ///                   `in_flight`. A node in state `cancelling` is one that the driver already
  ///                   holds: ask the system to end it early, set the state back to `in_flight`; it
  ///                   still completes exactly once.
  /// @param completed  Receives each node once, with `result` set, after which the driver forgets
  /// its address. The loop marks them `done`; a driver in whose turn other code may run, which
  /// could ask for their end, does so itself, at once.
  /// @param deadline   Waits no longer than this; an instant in the past means "only look". `never`
  /// waits for
  ///                   a completion or `wake`.
  /// Errors: throws std::system_error when the system itself fails (never for a single operation).
  virtual void turn(operation_list& submitted, operation_list& completed, time_point deadline) = 0;

  /// Ends a wait in turn() early; also a wait that has not begun yet. The only member other threads
  /// may call.
  virtual void wake() noexcept = 0;

  /// For a foreign loop that sleeps on behalf of this one (io/asio_interop.hpp): a descriptor of
  /// which 8 bytes can be read after an announcement; -1 when the driver has none.
  ///
  /// Errors: std::system_error (too many open files).
  [[nodiscard]] virtual int readiness_descriptor() { return -1; }
  /// Until the next turn, has the descriptor tell when there is something to hand over. False when
  /// there is already: do not sleep. To wake the sleeper, write to the descriptor instead of
  /// calling `wake`, which a turn before the sleep would take for its own.
  [[nodiscard]] virtual bool announce_readiness() noexcept { return false; }

  /// The clock of this world: real for uring and asio, virtual for sim.
  [[nodiscard]] virtual time_point now() const noexcept = 0;

  /// "uring", "asio", ...: for log lines and `print_tasks`. A string with static lifetime.
  [[nodiscard]] virtual const char* name() const noexcept = 0;
};

}  // namespace tridem
