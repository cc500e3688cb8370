// SPDX-License-Identifier: MIT
// The one way to say stop: scopes that nest, and `cancelled`, which is thrown inside a cancelled
// one.
#pragma once

#include <tridem/runtime/detail/scope_node.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/time.hpp>

namespace tridem {

/// Throws `cancelled` (library use: leaf awaits).
[[noreturn]] void throw_cancelled();

/// Thrown by a cancellable await inside a cancelled scope. Not a std::exception, so that a broad
/// catch does not swallow it; let it pass. Only the library creates it.
class cancelled {
 public:
  [[nodiscard]] const char* what() const noexcept { return "cancelled"; }

 private:
  cancelled() = default;
  friend void throw_cancelled();
};

/// A region that can be told to stop, by call or by the clock. Cancellation is level-triggered:
/// once cancelled, the wait at hand and every later cancellable wait inside throws `cancelled`,
/// until the region is left.
///
/// Made by `with_cancel_scope`, `wait_for`, `shield`; it lives in the frame that runs the region.
/// Threads: the loop's thread only.
class cancel_scope final : public detail::scope_node, private detail::timer_node {
 public:
  explicit cancel_scope(kind which = kind::plain) noexcept : scope_node(which) {}

  /// Requests the stop of everything inside. Never resumes anything inline; calling it again does
  /// nothing. Cost: O(strands and scopes inside).
  using scope_node::cancel;
  /// This scope itself was told to stop.
  using scope_node::cancel_called;
  /// Waits inside throw: this scope or one around it (not beyond a shield) was told to stop.
  using scope_node::is_cancelled;

  /// Cancels by itself at `when`; replaces an earlier deadline, `never` removes it.
  void deadline(time_point when) noexcept;
  [[nodiscard]] time_point deadline() const noexcept { return timer_node::deadline; }
  /// This scope was told to stop by its own deadline.
  [[nodiscard]] bool deadline_fired() const noexcept { return deadline_fired_; }
  /// The earliest deadline among this scope and those around it, up to the next shield.
  using scope_node::effective_deadline;

 private:
  friend scope_node;
  void fire() noexcept override;

  bool deadline_fired_ = false;
};

}  // namespace tridem
