// SPDX-License-Identifier: MIT
// mp::queue<T>: many processes put, many take; bounded, with an end.
#pragma once

#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/mp_queue_core.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace tridem::mp {

/// First in, first out, at most `capacity` items, between any number of processes.
///
///   mp::queue<result> results(100);                              // copies are the same queue
///   auto work = create_task(pool.submit<&produce>(results));     // void
///   produce(mp::queue<result>) while (auto item = co_await results.get()) use(*item);       // a
///   task, on its loop while (auto item = results.get_blocking()) use(*item);       // a function
///   in a worker
///
/// An item is there for others when it is complete, and gone when it was taken whole: a process
/// that is killed in the middle of a put or a get leaves the queue as it was before. An item that
/// it had already taken is lost with it; `join` tells. Items cross by codec<T>; those with
/// descriptors (shared_memory, other objects of mp) cannot: pass these as arguments, or through an
/// mp::pipe.
///
/// Threads: any, in any process that has a handle.
template <class T>
class queue : public detail::mp_queue_core {
 public:
  /// @param capacity  Items at most, 1 to 2^20.
  /// @param bytes     Room for the bytes of all items that wait; one item can have as many. Memory
  ///                  is used as far as it is needed.
  /// Errors: std::system_error (descriptors, memory); std::length_error.
  explicit queue(std::size_t capacity, std::size_t bytes = std::size_t{16} << 20)
      : mp_queue_core(capacity, bytes) {}

  /// Puts `item`, waiting for room. Gives false when the queue is closed: the item is then dropped.
  ///
  /// Errors:        message_too_large; what encoding throws, std::invalid_argument for descriptors.
  /// Cancellation:  at once, the item is not put; a put that has happened wins.
  /// Threads:       resumes on the same loop.
  /// Cost:          a frame; no system call unless somebody sleeps, or there is no room.
  [[nodiscard]] task<bool> put(const T& item) const { return put_task(block_, encoded(item)); }
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: those of `put`; `cancelled` when the call that runs in this worker was told to stop.
  bool put_blocking(const T& item) const { return put_now(encoded(item)); }
  /// Puts without waiting for room. False when the queue is full or closed.
  [[nodiscard]] bool try_put(const T& item) const { return try_put_now(encoded(item)); }

  /// Takes the oldest item, waiting for one. Empty when the queue is closed and drained.
  ///
  /// Errors:        malformed_message.
  /// Cancellation:  at once; an item that was taken is delivered, never lost.
  /// Threads:       resumes on the same loop.
  /// Cost:          two frames; no system call unless somebody waits for room, or nothing is there.
  [[nodiscard]] task<std::optional<T>> get() const { return decode_task(block_); }
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: malformed_message; `cancelled` when the call that runs in this worker was told to
  /// stop.
  [[nodiscard]] std::optional<T> get_blocking() const { return decoded(get_now()); }
  /// Takes without waiting for an item; empty when there is none.
  [[nodiscard]] std::optional<T> try_get() const { return decoded(try_get_now()); }

 private:
  friend struct detail::mp_access;
  explicit queue(std::shared_ptr<detail::mp_block> block) noexcept
      : mp_queue_core(std::move(block)) {}

  static detail::mp_message encoded(const T& item) {
    return detail::encode_message({[](message_writer& out, const void* object) {
                                     encode(out, *static_cast<const T*>(object));
                                   },
                                   &item});
  }
  static std::optional<T> decoded(const std::optional<detail::mp_message>& message) {
    if (!message) return std::nullopt;
    message_reader in(message->bytes());
    std::optional<T> item(decode<T>(in));
    in.expect_end();
    return item;
  }
  static task<std::optional<T>> decode_task(std::shared_ptr<detail::mp_block> block) {
    auto message = co_await get_task(std::move(block));
    co_return decoded(message);
  }
};

}  // namespace tridem::mp
