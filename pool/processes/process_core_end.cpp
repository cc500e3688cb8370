// SPDX-License-Identifier: MIT
// The task that watches over the processes of a pool, and the ways in which a pool ends.
#include "pool/processes/process_core.hpp"

#include <tridem/io/doorbell.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/pool/errors.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <algorithm>
#include <poll.h>
#include <utility>

namespace tridem::detail {

namespace {

// Workers with nothing to do leave by themselves, and flush what they have written, within this.
constexpr duration leave_patience = std::chrono::seconds(2);
constexpr duration server_patience = std::chrono::seconds(6);

/// Waits for an event, at most until `until`.
task<> wait_at_most(event& happened, time_point until) {
  try {
    co_await wait_until(happened.wait(), until);
  } catch (const timeout_error&) {
  }
}

}  // namespace

void process_core::start(const std::shared_ptr<process_core>& self) {
  const bool by_futex = doorbell_kind_of(self->home) == doorbell_kind::futex;
  self->supervisor_.bell().words().use_futex.store(by_futex ? 1 : 0);
  self->home.add_poller(*self);
  self->is_polled_ = true;
  (void)create_task(watch(self), "process_pool");
}

// Three strands. Two of them wait for the system and are deaf to cancellation: calls that are
// cancelled when the loop ends still need them. The third one hears it, and ends the other two when
// all is done.
task<> process_core::watch(std::shared_ptr<process_core> self) {
  auto bell = shield(watch_bell(*self));
  auto processes = shield(watch_processes(*self));
  co_await gather(guard(*self), std::move(bell), std::move(processes));
}

task<> process_core::watch_bell(process_core& self) {
  const doorbell& bell = self.supervisor_.bell();
  const std::atomic<std::uint32_t>& word = bell.words().futex;
  while (!self.stop_watching_) {
    const std::uint32_t seen = word.load(std::memory_order_acquire);
    if (self.stop_watching_) break;
    // What has arrived is taken by `poll`, once a turn; this only ends the sleep.
    operation_awaitable<wait_doorbell_operation> rung(
        wait_doorbell_operation(&word, seen, bell.event()));
    co_await std::move(rung);
  }
}

task<> process_core::watch_processes(process_core& self) {
  while (!self.stop_watching_) {
    operation_awaitable<poll_operation> ready(poll_operation(self.supervisor_.events(), POLLIN));
    co_await std::move(ready);
    self.supervisor_.step();
  }
}

task<> process_core::guard(process_core& self) {
  try {
    co_await self.close_requested_.wait();
  } catch (const cancelled&) {
    // The loop ends. So do all its tasks: the calls that are left are being cancelled.
    self.loop_ends_ = true;
    self.closed_ = true;
    self.update_room();
  }
  co_await shield(close_down(self));
}

task<> process_core::close_down(process_core& self) {
  if (!self.stop_watching_) {
    co_await wait_at_most(self.quiet_, self.patience_ends_);
    if (self.pending_count_ + self.given_count_ != 0) {
      self.mode_ = shutdown_mode::kill;
      self.apply_mode();
    }
  }
  if (!self.stop_watching_ && !self.supervisor_.is_empty()) {
    for (const auto& worker : self.supervisor_.workers()) self.supervisor_.retire(*worker);
    const time_point now = self.home.fresh_now();
    const time_point until =
        std::min(after(now, leave_patience), std::max(self.patience_ends_, now));
    if (!self.supervisor_.workers().empty()) self.no_workers_.clear();
    co_await wait_at_most(self.no_workers_, until);
    self.supervisor_.let_go();
    if (!self.supervisor_.is_empty()) self.no_processes_.clear();
    co_await wait_at_most(self.no_processes_, after(self.home.fresh_now(), server_patience));
  }
  self.destroy();
}

void process_core::close(shutdown_mode mode, duration patience) noexcept {
  closed_ = true;
  update_room();
  mode_ = std::max(mode_, mode);
  if (patience > duration::zero()) {
    patience_ends_ = std::min(patience_ends_, after(home.fresh_now(), patience));
  }
  apply_mode();
  close_requested_.set();
}

void process_core::apply_mode() noexcept {
  if (mode_ == shutdown_mode::drain) return;
  const auto why = std::make_exception_ptr(
      pool_closed("the process pool was shut down before the call had a result"));
  for (const auto& worker : supervisor_.workers()) give_up_queue(*worker);
  fail_all(why);
  for (const auto& worker : supervisor_.workers()) {
    if (worker->open.empty()) continue;
    if (mode_ == shutdown_mode::kill) {
      supervisor_.kill_broken(*worker, why);
    } else {
      supervisor_.stop(*worker, worker->open.front().sequence, options_.grace);
    }
  }
}

void process_core::destroy() noexcept {
  if (ended.is_set()) return;
  closed_ = true;
  const auto why = std::make_exception_ptr(
      pool_closed("the process pool was destroyed before the call had a result"));
  for (const auto& worker : supervisor_.workers()) {
    if (!worker->broken) worker->broken = why;
  }
  supervisor_.kill_all();
  fail_all(why);
  if (idle_.is_armed()) home.remove_timer(idle_);
  if (blocks_.is_armed()) home.remove_timer(blocks_);
  if (is_polled_) home.remove_poller(*this);
  is_polled_ = false;
  stop_watching();
  ended.set();
}

void process_core::stop_watching() noexcept {
  stop_watching_ = true;
  close_requested_.set();
  quiet_.set();
  no_workers_.set();
  no_processes_.set();
  supervisor_.nudge();
  // The bell is rung as a worker would do it.
  supervisor_.bell().prepare_sleep();
  supervisor_.bell().ring();
}

}  // namespace tridem::detail
