// SPDX-License-Identifier: MIT
// Counting who uses a server, and ending those that nobody does.
#include "pool/processes/shared_servers.hpp"

#include "pool/worker/surroundings.hpp"

#include <tridem/runtime/detail/timer_wheel.hpp>

#include <algorithm>
#include <utility>

namespace tridem::detail {

namespace {

// It has no worker any more, so it has nothing to do but to end.
constexpr std::chrono::milliseconds end_patience{500};

}  // namespace

const char shared_servers::kind = 0;

/// A server and its users. The timer runs while there are none.
struct shared_servers::entry final : timer_node {
  entry(shared_servers& in, const fork_server_settings& settings, surroundings now)
      : owner(&in), how(settings), around(std::move(now)), process(settings) {}
  ~entry() { process.end(end_patience); }

  void add_user() noexcept {
    ++users;
    stop_timer();
  }
  void remove_user() noexcept {
    if (--users != 0 || owner == nullptr) return;
    owner->home_.add_timer(*this, owner->home_.fresh_now() + server_lingers);
  }
  void stop_timer() noexcept {
    if (is_armed()) owner->home_.remove_timer(*this);
  }
  void fire() noexcept override { owner->drop(*this); }

  shared_servers* owner;  // null when the loop is gone, or has given this up
  fork_server_settings how;
  surroundings around;
  fork_server_process process;
  std::size_t users = 0;
};

shared_servers::shared_servers(event_loop& home) : loop_attachment(kind), home_(home) {}

shared_servers::~shared_servers() {
  for (const auto& one : entries_) {
    one->stop_timer();
    one->owner = nullptr;
  }
}

std::shared_ptr<fork_server_process> shared_servers::find_or_start(
    const fork_server_settings& how) {
  std::erase_if(entries_, [](const std::shared_ptr<entry>& one) {
    if (!one->process.has_hung_up()) return false;
    one->stop_timer();
    one->owner = nullptr;
    return true;
  });
  surroundings now = look_around();
  const auto found = std::ranges::find_if(entries_, [&](const std::shared_ptr<entry>& one) {
    return one->how == how && one->around == now;
  });
  if (found != entries_.end()) return lease(*found);
  entries_.push_back(std::make_shared<entry>(*this, how, std::move(now)));
  return lease(entries_.back());
}

std::shared_ptr<fork_server_process> shared_servers::lease(std::shared_ptr<entry> from) {
  fork_server_process* const process = &from->process;
  // Counted before the pointer is made: its deleter runs also when there is no memory for it.
  from->add_user();
  return {process, [from = std::move(from)](fork_server_process*) { from->remove_user(); }};
}

void shared_servers::drop(const entry& unused) noexcept {
  std::erase_if(entries_, [&](const std::shared_ptr<entry>& one) { return one.get() == &unused; });
}

}  // namespace tridem::detail
