// SPDX-License-Identifier: MIT
// mp::value<T>: one value that processes share.
#pragma once

#include <tridem/pool/detail/mp_locked.hpp>

#include <memory>
#include <utility>

namespace tridem::mp {

/// One plain value in shared memory, and its lock.
///
///   mp::value<long> counter(0);
///   { auto guard = co_await counter.lock(); *guard += 1; }     // a task, on its loop
///   { auto guard = counter.lock_blocking(); *guard += 1; }     // a function in a worker
///   counter.fetch_add(1);                                      // without the lock, in both
///
/// T must be trivially copyable. What is changed under the lock must not be changed without it, so
/// use one of the two ways for a value. `lock` and its kin are described in detail/mp_locked.hpp.
///
/// Threads: any, in any process that has a handle. Copies are handles of the same value.
template <class T>
class value : public detail::mp_locked<T> {
 public:
  /// Errors: std::system_error (descriptors, memory).
  explicit value(T initial = T())
      : detail::mp_locked<T>(detail::mp_lock_access::create(1, sizeof(T))) {
    *this->values(*this->block_) = initial;
  }

  /// The value at this moment. Without the lock; for types that the machine changes as a whole.
  [[nodiscard]] T load() const noexcept
    requires detail::lock_free<T>
  {
    return this->element(0).load();
  }
  void store(T desired) const noexcept
    requires detail::lock_free<T>
  {
    this->element(0).store(desired);
  }
  T exchange(T desired) const noexcept
    requires detail::lock_free<T>
  {
    return this->element(0).exchange(desired);
  }
  bool compare_exchange(T& expected, T desired) const noexcept
    requires detail::lock_free<T>
  {
    return this->element(0).compare_exchange_strong(expected, desired);
  }
  /// Adds, and gives what was there before.
  T fetch_add(T more) const noexcept
    requires detail::lock_free<T> && requires(std::atomic_ref<T> a, T t) { a.fetch_add(t); }
  {
    return this->element(0).fetch_add(more);
  }

 private:
  friend struct detail::mp_access;
  explicit value(std::shared_ptr<detail::mp_block> block) noexcept
      : detail::mp_locked<T>(std::move(block)) {}
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in) {
    auto block = detail::mp_lock_access::read(in, sizeof(T));
    if (block->parameter() != 1) in.fail("an mp::array where an mp::value was expected");
    return block;
  }
};

}  // namespace tridem::mp
