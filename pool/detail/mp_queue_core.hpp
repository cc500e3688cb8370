// SPDX-License-Identifier: MIT
// mp::queue without its type: messages that many processes put, and many take.
#pragma once

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/runtime/task.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tridem::detail {

/// The bytes of one item, outside of shared memory; small ones need no allocation.
class mp_message {
 public:
  mp_message() noexcept = default;
  explicit mp_message(std::size_t size) : size_(size) {
    if (size > small_.size()) large_.resize(size);
  }
  [[nodiscard]] std::span<std::byte> bytes() noexcept {
    return {size_ > small_.size() ? large_.data() : small_.data(), size_};
  }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {size_ > small_.size() ? large_.data() : small_.data(), size_};
  }

 private:
  std::array<std::byte, 128> small_{};
  std::vector<std::byte> large_;
  std::size_t size_ = 0;
};

/// Encodes an item. Errors: what encoding throws; std::invalid_argument for one with descriptors.
[[nodiscard]] mp_message encode_message(const encodable& item);

/// The handle and its operations. All of them take the handle by value where they wait.
class mp_queue_core : public mp_object {
 public:
  /// Errors: std::system_error; std::length_error.
  mp_queue_core(std::size_t capacity, std::size_t bytes);

  /// Items at this moment.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return block_->parameter(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] bool is_closed() const noexcept;
  /// No more items: waiting and later `put`s give false, `get`s give what is left and then nothing.
  void close() const noexcept;

  /// Says that an item that was taken has been dealt with; by the process that took it.
  void task_done() const noexcept;
  /// Waits until `task_done` was called for every item that was put.
  ///
  /// Errors:        mp::owner_died, when a process died with items that it had taken.
  /// Cancellation:  at once.
  /// Threads:       resumes on the same loop.
  [[nodiscard]] task<> join() const;
  /// The same for a function without a loop: blocks the thread.
  void join_blocking() const;

 protected:
  explicit mp_queue_core(std::shared_ptr<mp_block> block) noexcept : mp_object(std::move(block)) {}
  static std::shared_ptr<mp_block> read_block(message_reader& in);

  static task<> join_task(std::shared_ptr<mp_block> block);
  /// False when the queue is closed. Errors: message_too_large.
  static task<bool> put_task(std::shared_ptr<mp_block> block, mp_message item);
  [[nodiscard]] bool put_now(const mp_message& item) const;
  /// False when there is no room now, or the queue is closed.
  [[nodiscard]] bool try_put_now(const mp_message& item) const;
  /// Empty when the queue is closed and drained. Errors: malformed_message.
  static task<std::optional<mp_message>> get_task(std::shared_ptr<mp_block> block);
  [[nodiscard]] std::optional<mp_message> get_now() const;
  [[nodiscard]] std::optional<mp_message> try_get_now() const;
};

}  // namespace tridem::detail
