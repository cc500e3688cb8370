// SPDX-License-Identifier: MIT
// The parent's side of the shared memory through which it talks to one worker.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/detail/channel_layout.hpp>
#include <tridem/pool/detail/known_block.hpp>
#include <tridem/pool/detail/ring_arena.hpp>
#include <tridem/pool/detail/spare_block.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tridem::detail {

/// Calls go out, results come in, and nothing here ever waits for the worker.
///
/// Threads: the loop's thread only. The other side is worker/worker_channel.hpp.
class channel {
 public:
  /// Creates the memory and the sockets. Errors: std::system_error.
  channel();
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel();

  /// The sealed memfd for the worker.
  [[nodiscard]] int memory() const noexcept { return memory_.get(); }
  /// The worker's end of the sockets; the parent closes it once it was sent.
  [[nodiscard]] descriptor& worker_socket() noexcept { return worker_socket_; }

  /// Publishes a call, unless there is no room for it now.
  ///
  /// The worker is not woken: `wake_worker` does that once for many calls.
  ///
  /// @param limit  The largest message, in bytes.
  /// @returns      Its number, from 1; 0 if there is no room.
  /// Errors:       message_too_large; std::length_error for more than 249 descriptors;
  ///               std::system_error; what encoding throws. Nothing was published then.
  std::uint64_t publish(const job_entry& job, const encodable& arguments, std::size_t limit);

  /// Wakes the worker if it sleeps.
  void wake_worker() noexcept;

  /// A result as it lies in shared memory, valid during the call that delivers it.
  struct result {
    std::uint64_t sequence;  ///< Of the request it answers.
    result_kind kind;
    std::span<const std::byte> bytes;
    std::span<int> descriptors;  ///< Those set to -1 were taken.
    std::uint32_t duration_ns;   ///< How long the call ran, as the worker says.
  };

  /// Hands the next result to `deliver(const result&)`, which may not throw. False if there is
  /// none.
  ///
  /// Errors: malformed_message: the worker is broken and has to be ended.
  template <class Deliver>
  bool poll(Deliver&& deliver) {
    if (result_tail_ == memory_map_->header.result_head.load(std::memory_order_acquire)) {
      return false;
    }
    received next;
    take(next);
    deliver(static_cast<const result&>(next.view));
    release_result(next);
    return true;
  }

  /// Takes a call back that the worker has not claimed. False if it has.
  bool take_back(std::uint64_t sequence) noexcept;

  /// True from the moment in which the worker has claimed the call.
  [[nodiscard]] bool is_claimed(std::uint64_t sequence) const noexcept;

  /// Asks the running call to stop, if it is this one.
  void request_cancel(std::uint64_t sequence) noexcept;

  /// Asks the worker to leave as soon as there is no call to run.
  void close() noexcept;

  /// Both sides keep no block for the next message that is larger than this, in bytes.
  void keep_at_most(std::size_t bytes) noexcept;
  /// True while there are blocks that `age` may have to give back.
  [[nodiscard]] bool holds_blocks() const noexcept { return blocks_sent_ + kept_bytes() != 0; }
  /// To be called once in `spare_lifetime` while `holds_blocks`: lets go of what nobody needs.
  void age() noexcept;
  /// Of blocks that lie ready for the next message, here or at the worker.
  [[nodiscard]] std::size_t kept_bytes() const noexcept { return spare_.size() + known_.size(); }

  /// True once the worker has begun to look for calls.
  [[nodiscard]] bool worker_is_ready() const noexcept {
    return memory_map_->header.worker_ready.load(std::memory_order_relaxed) != 0;
  }
  /// The worker's pid, as it says: its first result may come before the fork server's word of it.
  [[nodiscard]] int worker_pid() const noexcept {
    return static_cast<int>(memory_map_->header.worker_ready.load(std::memory_order_relaxed));
  }
  /// The CPU on which the worker was seen last.
  [[nodiscard]] std::uint32_t worker_cpu() const noexcept {
    return memory_map_->header.worker_cpu.load(std::memory_order_relaxed);
  }
  /// True if a worker that is dead now was counted as spinning.
  [[nodiscard]] bool died_spinning() const noexcept {
    return memory_map_->header.worker_spins.load(std::memory_order_relaxed) != 0;
  }

 private:
  struct received {
    result view{};
    std::vector<descriptor> owned;
    std::vector<int> numbers;
    shared_memory block;
    ~received();
  };
  /// What the parent remembers about a slot that it has filled.
  struct sent {
    std::size_t arena_mark = 0;
    bool in_arena = false;
    shared_memory block = {};
  };

  channel_slot& request_slot(std::uint64_t sequence) const noexcept;
  void release_taken_requests() noexcept;
  bool place_payload(channel_slot& slot, const encodable& arguments, std::size_t size,
                     std::size_t attachments, std::string_view job);
  bool place_in_arena(channel_slot& slot, const encodable& arguments, std::size_t size);
  bool send_descriptors(channel_slot& slot, std::span<const int> descriptors);
  void take(received& into);
  void check_result(const channel_slot& slot, std::uint32_t duration, received& into);
  void release_result(received& done) noexcept;

  descriptor memory_;
  descriptor socket_;
  descriptor worker_socket_;
  channel_memory* memory_map_ = nullptr;
  ring_arena request_arena_{arena_first_bytes, arena_bytes};
  std::uint64_t request_head_ = 0;
  std::uint64_t request_tail_ = 0;
  std::uint64_t result_tail_ = 0;
  std::uint64_t answered_ = 0;  // the last sequence that a result was delivered for
  std::array<sent, ring_slots> sent_{};
  std::size_t most_kept_ = 0;
  std::size_t blocks_sent_ = 0;  // of `sent_`
  spare_block spare_;            // for the next request
  known_block known_;            // of the last result
};

}  // namespace tridem::detail
