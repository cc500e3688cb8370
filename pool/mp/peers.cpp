// SPDX-License-Identifier: MIT
// Entering a table that others may be writing to, and watching whoever stands in it.
#include "pool/mp/peers.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <new>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

peer_table& mp_peers::table() const noexcept {
  return *reinterpret_cast<peer_table*>(block_.at(block_.size()));
}

void mp_peers::lay_out(std::span<const mp_turnstile_place> turnstiles) noexcept {
  std::ranges::copy(turnstiles, table().turnstiles);
  table().turnstile_count.store(static_cast<std::uint32_t>(turnstiles.size()));
}

void mp_peers::join() noexcept {
  const auto me = static_cast<std::uint64_t>(this_process());
  for (const auto& each : table().who) {
    if (each.load() == me) return;
  }
  if (!enter(me)) table().is_crowded.store(1);
  table().version.fetch_add(1);
  wake_everybody();
}

/// In a free place, or in that of a dead process.
bool mp_peers::enter(std::uint64_t me) noexcept {
  for (auto& each : table().who) {
    std::uint64_t nobody = 0;
    if (each.compare_exchange_strong(nobody, me)) return true;
  }
  for (auto& each : table().who) {
    std::uint64_t who = each.load();
    if (is_alive(static_cast<process_identity>(who & identity_mask))) continue;
    if (each.compare_exchange_strong(who, me)) return true;
  }
  return false;
}

bool mp_peers::watch() noexcept {
  if (table().is_crowded.load() != 0) return false;
  const std::uint32_t version = table().version.load();
  if (seen_version_.load() == version) return true;
  const std::lock_guard lock(mutex_);
  if (!events_) events_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!events_) return false;
  // Of the dead only those are remembered that still stand there.
  std::erase_if(watched_, [this](const peer& one) {
    const auto who = static_cast<std::uint64_t>(one.who);
    return !one.pidfd && std::ranges::find(table().who, who, [](const auto& each) {
                           return each.load() & identity_mask;
                         }) == std::end(table().who);
  });
  for (const auto& each : table().who) {
    const auto who = static_cast<process_identity>(each.load() & identity_mask);
    if (who == process_identity::nobody || who == this_process()) continue;
    if (std::ranges::find(watched_, who, &peer::who) != watched_.end()) continue;
    if (!add(who)) return false;
  }
  seen_version_.store(version);
  return true;
}

/// False when it cannot be watched although it may live.
bool mp_peers::add(process_identity who) noexcept {
  descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_of(who), 0)));
  const bool is_gone = !pidfd && errno == ESRCH;
  if (!pidfd && !is_gone) return false;
  try {
    watched_.push_back({who, {}});
  } catch (const std::bad_alloc&) {
    return false;
  }
  // Alive now, so it was alive when its number was opened: it is no other process.
  if (is_gone || !is_alive_now(who)) {
    deaths_.fetch_add(1);
    return true;
  }
  ::epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = static_cast<std::uint64_t>(who);
  if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, pidfd.get(), &wanted) != 0) {
    watched_.pop_back();
    return false;
  }
  watched_.back().pidfd = std::move(pidfd);
  return true;
}

void mp_peers::note_deaths() noexcept {
  {
    const std::lock_guard lock(mutex_);
    std::array<::epoll_event, 16> dead;
    const int count = ::epoll_wait(events_.get(), dead.data(), static_cast<int>(dead.size()), 0);
    for (int i = 0; i < count; ++i) {
      const auto who = static_cast<process_identity>(dead[static_cast<std::size_t>(i)].data.u64);
      const auto found = std::ranges::find(watched_, who, &peer::who);
      if (found == watched_.end()) continue;
      // Closing takes it out of the epoll: nobody else has this descriptor.
      found->pidfd.reset();
      deaths_.fetch_add(1);
    }
    if (count > 0) forget_sightings();
  }
  wake_everybody();
}

void mp_peers::wake_everybody() const noexcept {
  const std::uint32_t count = table().turnstile_count.load();
  for (std::uint32_t i = 0; i < count && i < peer_table::most_turnstiles; ++i) {
    const mp_turnstile_place place = table().turnstiles[i];
    // Others can write there: what leaves the object is no turnstile.
    if (place.offset % alignof(turnstile_words) != 0 || place.bell >= mp_block::most_bells ||
        place.offset > block_.size() || block_.size() - place.offset < sizeof(turnstile_words)) {
      continue;
    }
    auto& words = *reinterpret_cast<turnstile_words*>(block_.at(place.offset));
    turnstile(words, block_.bell(place.bell)).wake_all();
  }
}

}  // namespace tridem::detail
