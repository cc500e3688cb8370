// SPDX-License-Identifier: MIT
// mp::semaphore: so many at a time, in all processes together.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace tridem::mp {

/// A number of permits shared by processes.
///
/// A permit whose process dies goes back to the others: it protects no
/// data, so nobody needs to be told. `lost_permits` counts them. Whoever comes when one is free
/// gets it, in no order.
///
/// Threads: any, in any process that has a handle. Copies are handles of the same semaphore.
class semaphore : public detail::mp_object {
 public:
  static constexpr std::size_t most_permits = 4096;

  /// A permit held; gives it back when it goes. Stays in the process that has acquired it.
  class [[nodiscard("the permit is given back when this object goes: keep it")]] permit {
   public:
    permit(permit&& other) noexcept = default;
    permit& operator=(permit&& other) noexcept {
      permit old(std::move(other));
      std::swap(from_, old.from_);
      std::swap(place_, old.place_);
      return *this;
    }
    ~permit() { release(); }
    /// Gives the permit back early.
    void release() noexcept;

   private:
    friend class semaphore;
    permit(std::shared_ptr<detail::mp_block> from, std::size_t place) noexcept
        : from_(std::move(from)), place_(place) {}
    std::shared_ptr<detail::mp_block> from_;
    std::size_t place_;
  };

  /// @param permits  1 to `most_permits`. Errors: std::system_error; std::length_error.
  explicit semaphore(std::size_t permits);

  /// Waits for a permit: `auto permit = co_await s.acquire();`
  ///
  /// Cancellation:  at once.
  /// Threads:       resumes on the same loop.
  /// Cost:          a frame; no system call unless all permits are out.
  [[nodiscard]] task<permit> acquire() const;
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: `cancelled` when the call that runs in this worker was told to stop.
  [[nodiscard]] permit acquire_blocking() const;
  [[nodiscard]] std::optional<permit> try_acquire() const;

  [[nodiscard]] std::size_t permits() const noexcept;
  /// How many are free at this moment.
  [[nodiscard]] std::size_t available() const noexcept;
  /// How many permits were taken back from processes that had died.
  [[nodiscard]] std::size_t lost_permits() const noexcept;

 private:
  friend struct detail::mp_access;
  explicit semaphore(std::shared_ptr<detail::mp_block> block) noexcept
      : mp_object(std::move(block)) {}
  static std::shared_ptr<detail::mp_block> read_block(message_reader& in);
  static task<permit> acquire_task(std::shared_ptr<detail::mp_block> block);
};

}  // namespace tridem::mp
