// SPDX-License-Identifier: MIT
// Long sleeps, and where blocking is refused.
#include "pool/mp/waiting.hpp"

#include "pool/worker/cancel_event.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/race.hpp>

#include <cstdint>
#include <poll.h>
#include <sys/epoll.h>
#include <utility>

namespace tridem::detail {

void check_may_block() noexcept {
  TRIDEM_ASSERT(
      event_loop::current_or_null() == nullptr,
      "a blocking member of tridem::mp was called on the thread of a loop, where it would "
      "stop all tasks; await the member of the same name without _blocking, or call it "
      "by to_thread");
}

// News are heard as edges, and the tokens are left to loops: with poll(2) a sleeper of the next
// round could take the token of one that has been woken but has not run yet, and it would sleep on.
void sleep_long(turnstile place, std::uint32_t ticket, heed what) noexcept {
  const bool heeds = what == heed::cancellation && is_worker_process();
  const int cancellation = heeds ? cancel_event() : -1;
  const descriptor sources(::epoll_create1(EPOLL_CLOEXEC));
  const auto hear = [&sources](int source, std::uint32_t how) {
    ::epoll_event wanted{};
    wanted.events = EPOLLIN | how;
    wanted.data.fd = source;
    return ::epoll_ctl(sources.get(), EPOLL_CTL_ADD, source, &wanted) == 0;
  };
  // Only without descriptors: then everything is looked for in beats.
  const bool hears = sources && hear(place.event(), EPOLLET) &&
                     hear(place.peers().deaths_event(), 0) &&
                     (!heeds || (cancellation >= 0 && hear(cancellation, 0)));
  const int patience = hears ? -1 : static_cast<int>(beat / std::chrono::milliseconds(1));
  while (!place.has_moved_on(ticket)) {
    ::epoll_event news{};
    const int count =
        sources ? ::epoll_wait(sources.get(), &news, 1, patience) : ::poll(nullptr, 0, patience);
    if (heeds && cancel_requested()) {
      // A wake-up may have been spent on this wait; another sleeper has more use for it.
      place.wake_one();
      return;
    }
    if (count <= 0) {
      if (!hears) return place.peers().note_deaths();
    } else if (news.data.fd == cancellation) {
      clear_cancel_event();
    } else if (news.data.fd == place.peers().deaths_event()) {
      return place.peers().note_deaths();
    }
  }
}

task<> await_long(turnstile place, std::uint32_t ticket) {
  turnstile_wait news(place, ticket, turnstile_wait::forever);
  operation_awaitable<poll_operation> death(poll_operation(place.peers().deaths_event(), POLLIN));
  const auto first = co_await race(std::move(news), std::move(death));
  if (first.index() == 1) place.peers().note_deaths();
}

}  // namespace tridem::detail
