// SPDX-License-Identifier: MIT
// mp::array<T>: values that processes share, with one lock.
#pragma once

#include <tridem/pool/detail/mp_locked.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace tridem::mp {

// Memory without a lock, of which calls alone order the use; beside its kin for those who look
// here.
using tridem::shared_array;
using tridem::shared_memory;

/// A fixed number of plain values in shared memory, and one lock for all of them.
///
///   mp::array<double> samples(1000);                              // zeros
///   { auto guard = co_await samples.lock(); guard[7] = 0.5; }     // a task, on its loop
///   { auto guard = samples.lock_blocking(); std::ranges::sort(guard); }   // in a worker
///   samples.fetch_add(7, 1.0);                                    // without the lock, in both
///
/// What is changed under the lock must not be changed without it. For arrays that only the calls
/// themselves order, shared_array does without a lock. `lock` and its kin are described in
/// detail/mp_locked.hpp.
///
/// Threads: any, in any process that has a handle. Copies are handles of the same array.
template <class T>
class array : public detail::mp_locked<T> {
 public:
  /// Creates `size` elements of zero bytes. Errors: std::system_error; std::bad_array_new_length.
  explicit array(std::size_t size)
      : detail::mp_locked<T>(detail::mp_lock_access::create(size, sizeof(T))) {}
  /// Creates a copy of `elements`.
  explicit array(std::span<const T> elements) : array(elements.size()) {
    T* to = this->values(*this->block_);
    for (const T& each : elements) *to++ = each;
  }

  [[nodiscard]] std::size_t size() const noexcept { return this->block_->parameter(); }

  /// An element at this moment. Without the lock; for types that the machine changes as a whole.
  [[nodiscard]] T load(std::size_t index) const noexcept
    requires detail::lock_free<T>
  {
    return this->element(index).load();
  }
  void store(std::size_t index, T desired) const noexcept
    requires detail::lock_free<T>
  {
    this->element(index).store(desired);
  }
  /// Adds to an element, and gives what was there before.
  T fetch_add(std::size_t index, T more) const noexcept
    requires detail::lock_free<T> && requires(std::atomic_ref<T> a, T t) { a.fetch_add(t); }
  {
    return this->element(index).fetch_add(more);
  }

 private:
  friend struct detail::mp_access;
  explicit array(std::shared_ptr<detail::mp_block> block) noexcept
      : detail::mp_locked<T>(std::move(block)) {}
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in) {
    return detail::mp_lock_access::read(in, sizeof(T));
  }
};

}  // namespace tridem::mp
