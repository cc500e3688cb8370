// SPDX-License-Identifier: MIT
// What mp::value and mp::array share: plain values in shared memory, with a lock in front of them.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/mp_mutex.hpp>
#include <tridem/runtime/task.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// How mp::value and mp::array reach the lock in their memory.
struct mp_lock_access {
  /// A handle of the lock in front of `block`.
  static mp::mutex mutex_of(std::shared_ptr<mp_block> block) noexcept {
    return mp::mutex(std::move(block));
  }
  static std::shared_ptr<mp_block> create(std::size_t count, std::size_t element_bytes);
  /// Errors: malformed_message.
  static std::shared_ptr<mp_block> read(message_reader& in, std::size_t element_bytes);
  static std::byte* data(mp_block& block) noexcept;
};

template <class T>
concept can_be_shared = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                        !std::is_reference_v<T> && alignof(T) <= 64;

/// Types that processes can change one by one without the lock.
template <class T>
concept lock_free =
    can_be_shared<T> && requires { requires std::atomic_ref<T>::is_always_lock_free; };

template <class T>
class mp_locked : public mp_object {
  static_assert(can_be_shared<T>,
                "tridem: an mp::value or mp::array holds plain values without pointers; another "
                "process cannot follow them");

 public:
  /// Waits for the lock: `auto guard = co_await v.lock();`
  ///
  /// Errors:        mp::owner_died: see mp::mutex.
  /// Cancellation:  at once.
  /// Threads:       resumes on the same loop.
  /// Cost:          two frames; no system call unless it is locked.
  [[nodiscard]] auto lock() const { return lock_task(block_, mutex().lock()); }
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: mp::owner_died; `cancelled` when the call that runs in this worker was told to stop.
  [[nodiscard]] auto lock_blocking() const { return guard(block_, mutex().lock_blocking()); }
  /// Locks also after the death of an owner: the values may be half changed.
  [[nodiscard]] auto recover() const { return lock_task(block_, mutex().recover()); }
  [[nodiscard]] auto recover_blocking() const { return guard(block_, mutex().recover_blocking()); }
  /// Locks if nobody has it.
  [[nodiscard]] auto try_lock() const {
    std::optional<guard> held;
    if (auto locked = mutex().try_lock()) held.emplace(guard(block_, std::move(*locked)));
    return held;
  }

  /// The lock held, and the values behind it. Stays in the process that has locked.
  class [[nodiscard("the lock is given back when this object goes: keep it")]] guard {
   public:
    [[nodiscard]] T& operator*() const noexcept { return *data_; }
    [[nodiscard]] T* operator->() const noexcept { return data_; }
    [[nodiscard]] T& operator[](std::size_t index) const noexcept { return data_[index]; }
    [[nodiscard]] T* begin() const noexcept { return data_; }
    [[nodiscard]] T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<T> span() const noexcept { return {data_, size_}; }
    /// Unlocks early; the values must not be touched afterwards.
    void unlock() noexcept { held_.unlock(); }
    [[nodiscard]] bool owns_lock() const noexcept { return held_.owns_lock(); }

   private:
    friend class mp_locked;
    guard(const std::shared_ptr<mp_block>& block, mp::mutex::guard held) noexcept
        : held_(std::move(held)), data_(values(*block)), size_(block->parameter()) {}
    mp::mutex::guard held_;
    T* data_;
    std::size_t size_;
  };

 protected:
  explicit mp_locked(std::shared_ptr<mp_block> block) noexcept : mp_object(std::move(block)) {}

  static T* values(mp_block& block) noexcept {
    return std::launder(reinterpret_cast<T*>(mp_lock_access::data(block)));
  }
  [[nodiscard]] std::atomic_ref<T> element(std::size_t index) const noexcept
    requires lock_free<T>
  {
    return std::atomic_ref<T>(values(*block_)[index]);
  }

 private:
  [[nodiscard]] mp::mutex mutex() const noexcept { return mp_lock_access::mutex_of(block_); }
  static task<guard> lock_task(std::shared_ptr<mp_block> block, task<mp::mutex::guard> locking) {
    auto held = co_await std::move(locking);
    co_return guard(block, std::move(held));
  }
};

}  // namespace tridem::detail
