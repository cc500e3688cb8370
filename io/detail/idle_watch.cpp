// SPDX-License-Identifier: MIT
// When the timer of an idle limit is set, and what it does.
#include <tridem/io/detail/idle_watch.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/runtime/event_loop.hpp>

namespace tridem::detail {

idle_watch::~idle_watch() {
  if (is_armed()) home_->remove_timer(*this);
}

time_point idle_watch::begins() noexcept {
  home_ = &event_loop::current();
  const time_point now = home_->now();
  if (!is_armed()) {
    arm(after(now, now_));
  } else if (after(now, now_) < deadline) {
    // The limit was shortened.
    home_->remove_timer(*this);
    arm(after(now, now_));
  }
  return now;
}

void idle_watch::arm(time_point when) noexcept {
  if (when != never) home_->add_timer(*this, when);
}

void idle_watch::fire() noexcept {
  arm(object_->end_waits_since(home_->now(), now_));
}

}  // namespace tridem::detail
