// SPDX-License-Identifier: MIT
// The worker's side of the shared memory: claims calls, publishes results, sleeps in between.
#pragma once

#include "pool/worker/doorbell.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/detail/known_block.hpp>
#include <tridem/pool/detail/ring_arena.hpp>
#include <tridem/pool/detail/spare_block.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace tridem::detail {

/// The worker is single-threaded here; only `cancelled` may be asked from other threads of the job.
class worker_channel {
 public:
  /// Maps the memory. Errors: std::system_error.
  worker_channel(descriptor memory, descriptor socket, doorbell& bell);
  worker_channel(const worker_channel&) = delete;
  worker_channel& operator=(const worker_channel&) = delete;
  ~worker_channel();

  /// A claimed call.
  struct request {
    std::uint64_t sequence = 0;
    std::uint32_t job = 0;
    std::span<const std::byte> bytes;
    std::vector<descriptor> owned;
    std::vector<int> descriptors;
    shared_memory block;
    ~request();
  };

  /// Waits for a call and claims it. False when the parent wants the worker to leave.
  ///
  /// Errors: malformed_message; the parent is broken then, and the worker leaves.
  bool claim(request& into);

  /// Whether the last `claim` has waited, so that time has passed that was no call's.
  [[nodiscard]] bool has_waited() const noexcept { return has_waited_; }

  /// Publishes the result of the claimed call.
  ///
  /// Errors: what encoding throws; std::system_error when there is no memory. Nothing was
  /// published.
  void publish(std::uint64_t sequence, result_kind kind, const encodable& result,
               std::uint32_t duration_ns);

  /// Ends the claimed call: its slot and its payload belong to the parent again.
  void finish(request& done) noexcept;

  /// True if the parent asked this call to stop. Any thread.
  [[nodiscard]] bool is_cancelled(std::uint64_t sequence) const noexcept {
    return map_->header.cancel_sequence.load(std::memory_order_acquire) == sequence;
  }
  /// Sleeps until another call is asked to stop than at the last time. Any thread.
  void wait_for_cancel(std::uint32_t& seen) const noexcept;
  /// Ends `wait_for_cancel` in another thread.
  void interrupt_cancel_wait() noexcept;

 private:
  bool wait_for_request() noexcept;
  bool spin() noexcept;
  void sleep() noexcept;
  [[nodiscard]] bool is_closing() const noexcept {
    return map_->header.closing.load(std::memory_order_acquire) != 0;
  }
  [[nodiscard]] bool has_request() const noexcept {
    return map_->header.request_head.load(std::memory_order_acquire) != request_tail_;
  }
  void open(const channel_slot& slot, request& into);
  void release_taken_results() noexcept;
  void pass_slot() noexcept;
  /// Whether there are blocks that have to be given back some time.
  [[nodiscard]] bool keeps_blocks() const noexcept {
    return blocks_sent_ + spare_.size() + known_.size() != 0;
  }
  [[nodiscard]] std::size_t most_kept() const noexcept {
    return map_->header.most_kept.load(std::memory_order_relaxed);
  }
  void let_go_of_old_memory() noexcept;
  void place_payload(channel_slot& slot, const encodable& result, std::size_t size,
                     std::size_t attachments);
  void send_descriptors(channel_slot& slot, std::span<const int> descriptors);

  descriptor memory_;
  descriptor socket_;
  doorbell& bell_;
  channel_memory* map_ = nullptr;
  ring_arena result_arena_{arena_first_bytes, arena_bytes};
  std::uint64_t request_tail_ = 0;
  std::uint64_t result_head_ = 0;
  std::uint64_t result_tail_ = 0;
  bool has_waited_ = false;
  unsigned misses_ = 0;   // waits in a row in which spinning found nothing
  unsigned skipped_ = 0;  // waits in which it was not even tried
  struct sent {
    std::size_t arena_mark = 0;
    bool in_arena = false;
    shared_memory block = {};
  };
  std::array<sent, ring_slots> sent_{};
  std::size_t blocks_sent_ = 0;  // of `sent_`
  spare_block spare_;            // for the next result
  known_block known_;            // of the last request
  std::chrono::steady_clock::time_point aged_;
};

}  // namespace tridem::detail
