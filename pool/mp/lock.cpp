// SPDX-License-Identifier: MIT
// Locking, and finding out that the owner is dead.
#include "pool/mp/lock.hpp"

#include <tridem/pool/mp_errors.hpp>

#include <string>

namespace tridem::detail {

namespace {

constexpr std::uint64_t abandoned = std::uint64_t{1} << 63;

[[noreturn]] void throw_owner_died(std::uint64_t owner) {
  const int pid = pid_of(static_cast<process_identity>(owner & identity_mask));
  throw mp::owner_died(
      "lock between processes: process " + std::to_string(pid) +
      " died while it held the lock, so what it protects may be half changed; call recover() to "
      "get the lock nevertheless, and put things in order");
}

}  // namespace

turnstile process_lock::attempt(care how, inheritance what) const {
  const auto me = static_cast<std::uint64_t>(this_process());
  std::uint64_t owner = 0;
  if (words_->owner.compare_exchange_strong(owner, me)) return {};
  const turnstile freed(words_->freed, bell_);
  if (how == care::thorough && (owner & abandoned) == 0 &&
      !is_alive(static_cast<process_identity>(owner & identity_mask))) {
    if (words_->owner.compare_exchange_strong(owner, owner | abandoned)) {
      owner |= abandoned;
      freed.wake_all();
    }
  }
  if ((owner & abandoned) == 0) return freed;
  if (what == inheritance::refused) throw_owner_died(owner);
  return words_->owner.compare_exchange_strong(owner, me) ? turnstile() : freed;
}

void process_lock::unlock() const noexcept {
  // Sequentially consistent, like the look at the sleepers after it: see turnstile.hpp.
  words_->owner.store(0);
  turnstile(words_->freed, bell_).wake_one();
}

}  // namespace tridem::detail
