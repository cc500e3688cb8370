// SPDX-License-Identifier: MIT
// When the timer of an idle limit is set, and what it does.
#include <tridem/io/detail/idle_watch.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <algorithm>

namespace tridem::detail {

namespace {

std::uint32_t in_milliseconds(duration first, std::uint32_t without_limit) noexcept {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(first);
  const auto up = whole.count() + (whole < first ? 1 : 0);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(up, 1, without_limit));
}

}  // namespace

idle_watch::idle_watch(io_object& object, duration limit, duration first) noexcept
    : first_(first == limit ? of_later : in_milliseconds(first, without_limit)),
      later_(limit),
      object_(&object) {
  static_assert(sizeof(idle_watch) <= 56);
}

idle_watch::~idle_watch() {
  if (is_armed()) event_loop::current().remove_timer(*this);
}

time_point idle_watch::begins() noexcept {
  event_loop& home = event_loop::current();
  const time_point now = home.now();
  const time_point end = after(now, allowed());
  if (!is_armed()) {
    arm(end);
  } else if (end < deadline) {
    // The limit was shortened.
    home.remove_timer(*this);
    arm(end);
  }
  return now;
}

void idle_watch::arm(time_point when) noexcept {
  if (when != never) event_loop::current().add_timer(*this, when);
}

void idle_watch::fire() noexcept {
  arm(object_->end_waits_since(event_loop::current().now(), allowed()));
}

}  // namespace tridem::detail
