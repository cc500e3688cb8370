// SPDX-License-Identifier: MIT
// Sleeping and waking: futexes for threads, and for loops what their driver can wait for.
#include "pool/mp/turnstile.hpp"

#include <climits>

#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

void ring(int event, std::uint64_t sleepers) noexcept {
  (void)!::write(event, &sleepers, sizeof(sleepers));
}

}  // namespace

std::uint32_t turnstile::enter(doorbell_kind how) const noexcept {
  const std::uint32_t ticket = words_->ticket.load(std::memory_order_seq_cst);
  if (how == doorbell_kind::futex) {
    words_->futex_entered.fetch_add(1, std::memory_order_seq_cst);
  } else {
    words_->event_sleepers.fetch_add(1, std::memory_order_seq_cst);
  }
  return ticket;
}

bool turnstile::sleep(std::uint32_t ticket, duration most) const noexcept {
  const auto nanoseconds = std::chrono::nanoseconds(most).count();
  const ::timespec span{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  (void)::syscall(SYS_futex, &words_->ticket, FUTEX_WAIT, ticket, &span, nullptr, 0);
  return words_->ticket.load(std::memory_order_seq_cst) != ticket;
}

int turnstile::wake_futexes(int most) const noexcept {
  const std::uint32_t entered = words_->futex_entered.load(std::memory_order_seq_cst);
  if (entered == words_->futex_quiet.load(std::memory_order_seq_cst)) return 0;
  words_->ticket.fetch_add(1, std::memory_order_seq_cst);
  const auto woken = ::syscall(SYS_futex, &words_->ticket, FUTEX_WAKE, most, nullptr, nullptr, 0);
  // Nobody sleeps. Those who had entered have an old ticket; one who comes now enters anew. The
  // count only grows: set back to 0, it could be taken for that of before by a waker that is late.
  if (woken < most) words_->futex_quiet.store(entered, std::memory_order_seq_cst);
  return static_cast<int>(woken);
}

void turnstile::wake_one() const noexcept {
  if (wake_futexes(1) > 0) return;
  std::uint32_t sleepers = words_->event_sleepers.load(std::memory_order_seq_cst);
  while (sleepers != 0 && !words_->event_sleepers.compare_exchange_weak(sleepers, sleepers - 1)) {
  }
  if (sleepers == 0) return;
  words_->ticket.fetch_add(1, std::memory_order_seq_cst);
  ring(bell_.event, 1);
}

void turnstile::wake_all() const noexcept {
  (void)wake_futexes(INT_MAX);
  if (words_->event_sleepers.load(std::memory_order_seq_cst) == 0) return;
  const std::uint32_t sleepers = words_->event_sleepers.exchange(0, std::memory_order_seq_cst);
  words_->ticket.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers != 0) ring(bell_.event, sleepers);
}

}  // namespace tridem::detail
