// SPDX-License-Identifier: MIT
// mp::mutex: one process at a time; awaited in tasks, blocking in workers.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/mp_errors.hpp>
#include <tridem/runtime/task.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tridem::detail {
struct mp_lock_access;
}

namespace tridem::mp {

/// Mutual exclusion between processes, and between whatever runs in them.
///
///   mp::mutex lock;                                    // copies are handles of the same mutex
///   auto guard = co_await lock.lock();                 // a task, on its loop
///   auto guard = lock.lock_blocking();                 // a function in a worker, or a thread
///   co_await pool.submit<&count_up>(lock, counter);    // void count_up(mp::mutex, ...)
///
/// When the process that holds the lock dies, nobody waits for ever: whoever locks gets owner_died,
/// at once, until somebody has called `recover` and made good what was half
/// done. Not recursive; whoever comes when it is free gets it, in no order. A task may hold it
/// across awaits.
///
/// Threads: any, in any process that has a handle.
class mutex : public detail::mp_object {
 public:
  /// The lock held; unlocks when it goes. Stays in the process that has locked.
  class [[nodiscard("the mutex is unlocked when this object goes: keep it")]] guard {
   public:
    guard(guard&& other) noexcept = default;
    guard& operator=(guard&& other) noexcept {
      guard old(std::move(other));
      std::swap(held_, old.held_);
      return *this;
    }
    ~guard() { unlock(); }
    /// Unlocks early.
    void unlock() noexcept;
    [[nodiscard]] bool owns_lock() const noexcept { return held_ != nullptr; }

   private:
    friend class mutex;
    friend class condition;
    explicit guard(std::shared_ptr<detail::mp_block> held) noexcept : held_(std::move(held)) {}
    std::shared_ptr<detail::mp_block> held_;
  };

  /// Creates one. Errors: std::system_error (descriptors, memory).
  mutex();

  /// Waits for the lock: `auto guard = co_await m.lock();`
  ///
  /// Errors:        owner_died.
  /// Cancellation:  at once.
  /// Threads:       resumes on the same loop.
  /// Cost:          a frame; no system call unless it is locked.
  [[nodiscard]] task<guard> lock() const;
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: owner_died; `cancelled` when the call that runs in this worker was told to stop.
  [[nodiscard]] guard lock_blocking() const;
  /// Locks if nobody has it. Errors: owner_died.
  [[nodiscard]] std::optional<guard> try_lock() const;

  /// Locks also after the death of an owner: whoever gets the lock so puts in order what it
  /// protects. From then on the mutex is as good as new.
  [[nodiscard]] task<guard> recover() const;
  [[nodiscard]] guard recover_blocking() const;

 protected:
  explicit mutex(std::shared_ptr<detail::mp_block> block) noexcept : mp_object(std::move(block)) {}

 private:
  friend struct detail::mp_access;
  friend class condition;
  friend struct detail::mp_lock_access;
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in);
  static task<guard> lock_task(std::shared_ptr<detail::mp_block> block, bool recovering);
  /// As lock_blocking, also when the call was told to stop.
  [[nodiscard]] guard lock_regardless() const;
};

}  // namespace tridem::mp
