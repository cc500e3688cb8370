// SPDX-License-Identifier: MIT
// Waits that leave the lists of a pool: taken up under its lock, ended without it.
#pragma once

#include <tridem/pool/detail/pool_wait.hpp>

#include <exception>

namespace tridem::detail {

using wait_list = intrusive_list<pool_wait, pool_wait_tag>;

/// Under the lock: from now on `taken` cannot be withdrawn.
inline void move_taken(pool_wait& taken, wait_list& to) noexcept {
  taken.is_taken = true;
  to.push_back(taken);
}
inline void take_all(wait_list& from, wait_list& to) noexcept {
  while (!from.empty()) move_taken(from.pop_front(), to);
}

/// Without the lock. Each may free its frame, and with it the pool.
inline void post_all(wait_list& taken) noexcept {
  while (!taken.empty()) taken.pop_front().post();
}
inline void refuse_all(wait_list& taken, const std::exception_ptr& why) noexcept {
  while (!taken.empty()) {
    pool_wait& wait = taken.pop_front();
    wait.refuse(why);
    wait.post();
  }
}

}  // namespace tridem::detail
