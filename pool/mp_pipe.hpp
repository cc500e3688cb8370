// SPDX-License-Identifier: MIT
// mp::pipe<T>: two ends, each of which sends to the other and receives from it.
#pragma once

#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/mp_pipe_end.hpp>
#include <tridem/runtime/task.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tridem::mp {

/// One end of a pipe between two processes.
///
///   auto [mine, theirs] = mp::pipe<std::string>::create();
///   auto call = create_task(pool.submit<&talk>(std::move(theirs)));   // void talk(mp::pipe<...>)
///   co_await mine.send("hello");                                      // a task, on its loop
///   auto answer = co_await mine.recv();
///   theirs.send_blocking("hello");                                    // a function in a worker
///
/// Items go both ways, in order, whole or not at all, by codec<T>; shared_memory and objects of mp
/// may be in them. When all processes that have the other end are gone, however they went, `recv`
/// gives what is left and then nothing, and `send` false. A worker has its end while its call runs.
///
/// Threads: any; one that sends and one that receives at a time. Moved, not copied: `share` makes a
/// second handle of the same end.
template <class T>
class pipe {
 public:
  /// The two ends. Errors: std::system_error (descriptors).
  [[nodiscard]] static std::pair<pipe, pipe> create() {
    auto [one, other] = detail::mp_pipe_end::create();
    return {pipe(std::move(one)), pipe(std::move(other))};
  }
  pipe(pipe&&) noexcept = default;
  pipe& operator=(pipe&&) noexcept = default;

  /// Sends `item`; waits while the pipe is full. Gives false when the other end is gone.
  ///
  /// Errors:        what encoding throws; std::system_error; std::length_error.
  /// Cancellation:  at once, the item is not sent; a send that has happened wins.
  /// Threads:       resumes on the same loop.
  /// Cost:          a frame; a system call. More than 32 KiB travel in memory of their own.
  [[nodiscard]] task<bool> send(const T& item) const {
    return detail::mp_pipe_end::send(end_, packed(item));
  }
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: those of `send`; `cancelled` when the call that runs in this worker was told to stop.
  bool send_blocking(const T& item) const { return end_->send_blocking(packed(item)); }

  /// Receives the next item; empty when the other end is gone.
  ///
  /// Errors:        malformed_message; std::system_error.
  /// Cancellation:  at once; nothing is lost.
  /// Threads:       resumes on the same loop.
  /// Cost:          two frames; a system call, and two more when it has to wait.
  [[nodiscard]] task<std::optional<T>> recv() const { return recv_task(end_); }
  /// The same for a function without a loop: blocks the thread.
  ///
  /// Errors: those of `recv`; `cancelled` when the call that runs in this worker was told to stop.
  [[nodiscard]] std::optional<T> recv_blocking() const { return unpacked(end_->recv_blocking()); }

  /// Ends the pipe in both directions, for all who have this end; the other end receives what is on
  /// its way.
  void close() const noexcept { end_->close(); }

  /// Another handle of the same end. Errors: std::system_error (descriptors).
  [[nodiscard]] pipe share() const { return pipe(end_->share()); }

 private:
  friend struct codec<pipe>;
  explicit pipe(std::shared_ptr<detail::mp_pipe_end> end) noexcept : end_(std::move(end)) {}

  static detail::mp_parcel packed(const T& item) {
    return detail::pack({[](message_writer& out, const void* object) {
                           encode(out, *static_cast<const T*>(object));
                         },
                         &item});
  }
  static std::optional<T> unpacked(std::optional<detail::mp_packet> packet) {
    if (!packet) return std::nullopt;
    message_reader in = packet->reader();
    std::optional<T> item(decode<T>(in));
    in.expect_end();
    return item;
  }
  static task<std::optional<T>> recv_task(std::shared_ptr<detail::mp_pipe_end> end) {
    auto packet = co_await detail::mp_pipe_end::recv(std::move(end));
    co_return unpacked(std::move(packet));
  }

  std::shared_ptr<detail::mp_pipe_end> end_;
};

}  // namespace tridem::mp

namespace tridem {

/// An end of a pipe crosses by its socket.
template <class T>
struct codec<mp::pipe<T>> {
  static void write(message_writer& out, const mp::pipe<T>& end) {
    encode(out, std::monostate());
    end.end_->write(out);
  }
  static mp::pipe<T> read(message_reader& in) {
    (void)decode<std::monostate>(in);
    return mp::pipe<T>(detail::mp_pipe_end::read(in));
  }
};

}  // namespace tridem
