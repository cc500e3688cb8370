// SPDX-License-Identifier: MIT
// The idle limit of an object: one timer for all its waits, touched once in a limit's time and not
// by every operation.
#pragma once

#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/time.hpp>

namespace tridem {

class event_loop;

namespace detail {

class io_object;

/// Ends the operations of an object that wait longer than its limit.
///
/// An operation that begins notes the time of the turn. The timer, when it fires, looks who has
/// waited too long, and is set again for the one who comes next; without anybody it rests.
class idle_watch final : private timer_node {
 public:
  /// @param first  The limit until something has been read.
  idle_watch(io_object& object, duration limit, duration first) noexcept
      : object_(&object), now_(first), later_(limit) {}
  idle_watch(const idle_watch&) = delete;
  idle_watch& operator=(const idle_watch&) = delete;
  ~idle_watch();

  /// An operation begins. Gives the time to note.
  [[nodiscard]] time_point begins() noexcept;
  /// Bytes have come: from now on the limit proper holds.
  void has_read() noexcept { now_ = later_; }
  void moved_to(io_object& object) noexcept { object_ = &object; }

  /// The limit that holds at this moment.
  [[nodiscard]] duration allowed() const noexcept { return now_; }
  [[nodiscard]] duration limit() const noexcept { return later_; }

 private:
  void fire() noexcept override;
  void arm(time_point when) noexcept;

  io_object* object_;
  event_loop* home_ = nullptr;
  duration now_;
  duration later_;
};

}  // namespace detail
}  // namespace tridem
