// SPDX-License-Identifier: MIT
// Deadlines in a hierarchical timing wheel: insert and cancel cost O(1) however many there are.
//
// Time is cut into ticks of 65.536 us (2^16 ns). Level 0 has a slot for each of the next 64 ticks,
// level 1 for each of the next 64 x 64, and so on; a timer sits on the level of the highest 6-bit
// group in which its tick differs from the current one, and moves down as time passes. A timer
// never fires early, and at most one tick late by the wheel's doing. Source: Varghese and Lauck,
// "Hashed and hierarchical timing wheels", 1987.
#pragma once

#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/time.hpp>

#include <cstdint>

namespace tridem::detail {

struct timer_tag;

/// One deadline; lives where it is needed, usually in a coroutine frame. Must be erased before it
/// goes.
class timer_node : public list_hook<timer_tag> {
 public:
  /// The deadline has passed; the node is out of the wheel and may be inserted again.
  virtual void fire() noexcept = 0;
  /// The wheel goes and will never fire it; what belongs to the wheel alone frees itself here.
  virtual void abandon() noexcept {}

  [[nodiscard]] bool is_armed() const noexcept { return is_linked(); }

  time_point deadline = never;

 protected:
  timer_node() = default;
  timer_node(const timer_node&) = default;
  ~timer_node() = default;

 private:
  friend class timer_wheel;
  static constexpr std::uint8_t being_fired = 0xff;
  std::uint8_t level_ = 0;
  std::uint8_t slot_ = 0;
};

class timer_wheel {
 public:
  explicit timer_wheel(time_point origin) noexcept : origin_(origin) {}

  /// Arms `node` for `deadline`; one that has passed fires at the next `advance`.
  void insert(timer_node& node, time_point deadline) noexcept;
  void erase(timer_node& node) noexcept;

  /// No timer fires before this instant; `never` when there is none.
  [[nodiscard]] time_point next_deadline() const noexcept;

  /// Fires all timers whose deadline is not after `now`. Timers may be inserted and erased from
  /// within `fire`.
  void advance(time_point now) noexcept;

  /// Takes out every timer without firing it.
  void abandon_all() noexcept;

 private:
  static constexpr int tick_bits = 16;
  static constexpr int slot_bits = 6;
  static constexpr int level_count = 8;
  static constexpr std::uint64_t slot_count = 1u << slot_bits;
  using timer_list = intrusive_list<timer_node, timer_tag>;

  struct position {
    int level;
    std::uint64_t slot;
    std::uint64_t start;  // first tick of the slot
  };

  [[nodiscard]] std::uint64_t tick_of(const timer_node& node) const noexcept;
  void place(timer_node& node, std::uint64_t tick) noexcept;
  [[nodiscard]] bool find_next(position& next) const noexcept;

  time_point origin_;
  std::uint64_t current_ = 0;  // tick; everything before it has fired
  std::uint64_t occupied_[level_count] = {};
  timer_list slots_[level_count][slot_count];
  timer_list firing_;
};

}  // namespace tridem::detail
