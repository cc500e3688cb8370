// SPDX-License-Identifier: MIT
// The wheel: where a timer sits, and how time moves it.
#include <tridem/runtime/detail/timer_wheel.hpp>

#include <algorithm>
#include <bit>

namespace tridem::detail {

std::uint64_t timer_wheel::tick_of(const timer_node& node) const noexcept {
  // An instant before the origin is past, however far: the difference could overflow.
  const auto after_origin = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                std::max(node.deadline, origin_) - origin_)
                                .count();
  // Rounded up, so that a timer never fires early.
  const std::uint64_t tick =
      (static_cast<std::uint64_t>(after_origin) + ((1u << tick_bits) - 1)) >> tick_bits;
  return std::max(tick, current_);
}

void timer_wheel::insert(timer_node& node, time_point deadline) noexcept {
  node.deadline = deadline;
  place(node, tick_of(node));
}

void timer_wheel::place(timer_node& node, std::uint64_t tick) noexcept {
  const std::uint64_t differs = tick ^ current_;
  const int highest_bit = differs == 0 ? 0 : 63 - std::countl_zero(differs);
  const int level = std::min(highest_bit / slot_bits, level_count - 1);
  const std::uint64_t slot = (tick >> (level * slot_bits)) & (slot_count - 1);
  node.level_ = static_cast<std::uint8_t>(level);
  node.slot_ = static_cast<std::uint8_t>(slot);
  slots_[level][slot].push_back(node);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::erase(timer_node& node) noexcept {
  timer_list::erase(node);
  if (node.level_ == timer_node::being_fired) return;
  if (slots_[node.level_][node.slot_].empty()) {
    occupied_[node.level_] &= ~(std::uint64_t{1} << node.slot_);
  }
}

// Timers of one level share all higher groups with the current tick and lie ahead of it, so the
// lowest occupied level holds the earliest ones, and within it the lowest occupied slot.
bool timer_wheel::find_next(position& next) const noexcept {
  for (int level = 0; level < level_count; ++level) {
    if (occupied_[level] == 0) continue;
    const auto slot = static_cast<std::uint64_t>(std::countr_zero(occupied_[level]));
    const int shift = level * slot_bits;
    const std::uint64_t above = current_ >> (shift + slot_bits) << (shift + slot_bits);
    next = {level, slot, above | (slot << shift)};
    return true;
  }
  return false;
}

time_point timer_wheel::next_deadline() const noexcept {
  position next{};
  if (!find_next(next)) return never;
  return origin_ + std::chrono::nanoseconds(static_cast<std::int64_t>(next.start << tick_bits));
}

void timer_wheel::advance(time_point now) noexcept {
  const auto after_origin = std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - origin_).count(), 0);
  const std::uint64_t now_tick = static_cast<std::uint64_t>(after_origin) >> tick_bits;
  // A timer that is inserted by a firing one and is due at once waits for the next call: a callback
  // that re-arms itself for "now" must not keep the loop here for ever.
  const std::uint64_t rounds_max = slot_count * level_count;
  position next{};
  for (std::uint64_t round = 0; round < rounds_max && find_next(next) && next.start <= now_tick;
       ++round) {
    current_ = std::max(current_, next.start);
    occupied_[next.level] &= ~(std::uint64_t{1} << next.slot);
    timer_list moving;
    moving.splice_back(slots_[next.level][next.slot]);
    while (!moving.empty()) {
      timer_node& node = moving.pop_front();
      const std::uint64_t tick = tick_of(node);
      if (tick > current_) {
        place(node, tick);
      } else {
        node.level_ = timer_node::being_fired;
        firing_.push_back(node);
      }
    }
    while (!firing_.empty()) firing_.pop_front().fire();
  }
  if (!find_next(next) || next.start > now_tick) current_ = std::max(current_, now_tick);
}

void timer_wheel::abandon_all() noexcept {
  for (auto& level : slots_) {
    for (timer_list& slot : level) {
      while (!slot.empty()) slot.pop_front().abandon();
    }
  }
  for (std::uint64_t& level : occupied_) level = 0;
}

}  // namespace tridem::detail
