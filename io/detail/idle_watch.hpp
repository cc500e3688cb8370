// SPDX-License-Identifier: MIT
// The idle limit of an object: one timer for all its waits, touched once in a limit's time and not
// by every operation.
#pragma once

#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <cstdint>

namespace tridem::detail {

class io_object;

/// Ends the operations of an object that wait longer than its limit.
///
/// An operation that begins notes the time of the turn. The timer, when it fires, looks who has
/// waited too long, and is set again for the one who comes next; without anybody it rests.
class idle_watch final : private timer_node {
 public:
  /// @param first  The limit until something has been read: whole milliseconds, at least one;
  ///               more than 49 days are for ever.
  idle_watch(io_object& object, duration limit, duration first) noexcept;
  idle_watch(const idle_watch&) = delete;
  idle_watch& operator=(const idle_watch&) = delete;
  ~idle_watch();

  /// An operation begins. Gives the time to note.
  [[nodiscard]] time_point begins() noexcept;
  /// Bytes have come: from now on the limit proper holds.
  void has_read() noexcept { first_ = of_later; }
  void moved_to(io_object& object) noexcept { object_ = &object; }

  /// The limit that holds at this moment.
  [[nodiscard]] duration allowed() const noexcept {
    if (first_ == of_later) return later_;
    return first_ == without_limit ? duration::max() : duration(std::chrono::milliseconds(first_));
  }
  [[nodiscard]] duration limit() const noexcept { return later_; }

 private:
  void fire() noexcept override;
  void arm(time_point when) noexcept;

  static constexpr std::uint32_t of_later = 0;
  static constexpr std::uint32_t without_limit = ~std::uint32_t{0};

  // Every connection of a server has one: this stands in the padding of a timer.
  std::uint32_t first_;  // ms; that until something has been read
  duration later_;
  io_object* object_;
};

}  // namespace tridem::detail
