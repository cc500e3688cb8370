// SPDX-License-Identifier: MIT
// How a sleep gets its deadline.
#include <tridem/runtime/sleep.hpp>

namespace tridem::detail {

void sleep_awaiter::begin(strand& line) noexcept {
  auto& loop = *static_cast<event_loop*>(line.loop);
  const duration span = deadline.time_since_epoch();
  // From a fresh clock: the time cached at the start of the turn would end the sleep early.
  if (is_span_) deadline = after(loop.fresh_now(), span);
  if ((is_span_ && span == duration::zero()) || deadline <= loop.now()) {
    line.gives_way = true;
    line.complete();
  } else {
    loop.add_timer(*this, deadline);
  }
}

void sleep_awaiter::describe(char* out, std::size_t size) const noexcept {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - static_cast<event_loop*>(waiter->loop)->fresh_now());
  std::snprintf(out, size, "sleep, %lld ms left", static_cast<long long>(left.count()));
}

}  // namespace tridem::detail
