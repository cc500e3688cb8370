// SPDX-License-Identifier: MIT
// Long sleeps, and where blocking is refused.
#include "pool/mp/waiting.hpp"

#include "pool/worker/cancel_event.hpp"

#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/race.hpp>

#include <array>
#include <cstdint>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

void check_may_block() noexcept {
  TRIDEM_ASSERT(
      event_loop::current_or_null() == nullptr,
      "a blocking member of tridem::mp was called on the thread of a loop, where it would "
      "stop all tasks; await the member of the same name without _blocking, or call it "
      "by to_thread");
}

void sleep_long(turnstile place, std::uint32_t ticket, heed what) noexcept {
  const bool heeds = what == heed::cancellation && is_worker_process();
  const int cancellation = heeds ? cancel_event() : -1;
  // Only without descriptors: then the cancellation is looked for in beats.
  const bool is_blind = heeds && cancellation < 0;
  const int patience = is_blind ? static_cast<int>(beat / std::chrono::milliseconds(1)) : -1;
  while (!place.has_moved_on(ticket)) {
    std::array<::pollfd, 3> sources{{{place.event(), POLLIN, 0},
                                     {place.peers().deaths_event(), POLLIN, 0},
                                     {cancellation, POLLIN, 0}}};
    (void)::poll(sources.data(), sources.size(), patience);
    if (heeds && cancel_requested()) {
      // A wake-up may have been spent on this wait; another sleeper has more use for it.
      place.wake_one();
      return;
    }
    if (sources[2].revents != 0) clear_cancel_event();
    if (sources[1].revents != 0) return place.peers().note_deaths();
    std::uint64_t token = 0;
    if (sources[0].revents != 0 && ::read(place.event(), &token, sizeof(token)) > 0) return;
  }
}

task<> await_long(turnstile place, std::uint32_t ticket) {
  turnstile_wait news(place, ticket, turnstile_wait::forever);
  operation_awaitable<poll_operation> death(poll_operation(place.peers().deaths_event(), POLLIN));
  const auto first = co_await race(std::move(news), std::move(death));
  if (first.index() == 1) place.peers().note_deaths();
}

}  // namespace tridem::detail
