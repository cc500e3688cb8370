// SPDX-License-Identifier: MIT
// buffered_stream: lines and messages from a stream of bytes, without losing one.
#pragma once

#include <tridem/io/detail/buffered_failures.hpp>
#include <tridem/io/detail/buffered_read.hpp>
#include <tridem/io/detail/buffered_wants.hpp>
#include <tridem/io/detail/byte_buffer.hpp>
#include <tridem/io/detail/one_at_a_time.hpp>
#include <tridem/io/stream.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tridem {

/// The bounds of a buffered stream.
struct buffered_stream_options {
  /// The longest line, message or peek, delimiter included: 1 byte to 1 GiB.
  std::size_t limit = 64 * 1024;
  /// Bytes that `write` collects before it sends them, 0 (each write is sent at once) to 1 GiB.
  std::size_t write_limit = 16 * 1024;
  /// How long one line or message may take, from the call to its last byte; a peer that sends a
  /// byte now and then does not get more. Zero: the `idle_limit` of the stream, if it has one,
  /// which then is looked at when bytes come and costs no timer.
  duration time_limit = duration::zero();
};

/// A stream with a buffer before it. `buffered_stream lines(std::move(stream))` owns the stream;
/// `buffered_stream lines(stream)` borrows it.
///
/// Whatever ends a read early (a cancellation, an error, a bound) leaves the bytes that have come
/// in the buffer, where the next read finds them. One task may read while another writes.
///
/// Errors:        those of the stream; message_size when a bound is exceeded, timed_out when
///                `time_limit` is, device_or_resource_busy for a second read or write at a time.
/// Threads:       the loop's thread only.
/// Cost:          no memory while the peer is quiet, but that of bytes that are held; over streams
///                that do not lend theirs (pipes), 4 KiB at most.
template <class S>
class buffered_stream {
 public:
  using stream_type = std::remove_reference_t<S>;

  explicit buffered_stream(S&& stream, buffered_stream_options options = {})
      : stream_(std::forward<S>(stream)),
        time_limit_(options.time_limit),
        in_(options.limit),
        out_(options.write_limit) {}

  /// Reads a line into `line`, without its "\n" or "\r\n".
  ///
  /// @returns       False at the end of the stream. A last line without a line end counts.
  /// Errors:        as above; a line of more than `limit` bytes stays in the buffer.
  /// Cancellation:  prompt; no byte is lost.
  [[nodiscard]] auto read_line(std::string& line) noexcept {
    return detail::buffered_read(detail::line_into<buffered_stream>{this, &line});
  }
  /// The same, as a string of its own; empty at the end of the stream.
  [[nodiscard]] auto read_line() noexcept {
    return detail::buffered_read(detail::line_of_its_own<buffered_stream>{this});
  }

  /// Reads up to and with `delimiter`, 1 to `limit` bytes.
  ///
  /// @returns       A string; empty when the stream ended before: what has come is left in the
  ///                buffer.
  [[nodiscard]] auto read_until(std::string delimiter) noexcept {
    return detail::buffered_read(
        detail::text_until<buffered_stream>{this, std::move(delimiter), {}});
  }

  /// Waits until `count` bytes are in the buffer, and shows them without taking them.
  ///
  /// @param count   1 to `limit`.
  /// @returns       `count` bytes, fewer only at the end of the stream; valid until the next call.
  [[nodiscard]] auto peek(std::size_t count) noexcept {
    return detail::buffered_read(detail::look_at<buffered_stream>{this, {"peek", {}, count}});
  }
  /// What the buffer holds at this moment; valid until the next call.
  [[nodiscard]] const_buffer buffered() const noexcept { return in_.bytes(); }
  /// Takes the first `count` bytes out of the buffer, after a `peek`.
  void consume(std::size_t count) noexcept { in_.drop(count); }

  /// Reads what is there: from the buffer, or, when it is empty, from the stream.
  ///
  /// @returns       Bytes read; 0 is the end of the stream.
  [[nodiscard]] task<std::size_t> read_some(mutable_buffer into) {
    if (in_.size() != 0) co_return in_.take(into);
    const detail::one_at_a_time reading(is_reading_, read_twice);
    co_return co_await stream_.read_some(into);
  }
  /// Reads until `into` is full; of any size, for the bytes need not fit into the buffer.
  ///
  /// @returns       Bytes read; fewer than `into.size()` only at the end of the stream.
  /// Cancellation:  prompt; the bytes go back into the buffer, whatever its limit.
  [[nodiscard]] task<std::size_t> read_exactly(mutable_buffer into) {
    const std::size_t held = std::min(in_.size(), into.size());
    std::size_t filled = held;
    const detail::one_at_a_time reading(is_reading_, read_twice);
    try {
      while (filled < into.size()) {
        const std::size_t count = co_await stream_.read_some(into.subspan(filled));
        if (count == 0) break;
        filled += count;
      }
    } catch (...) {
      in_.append(into.subspan(held, filled - held));
      throw;
    }
    in_.take(into.first(held));
    co_return filled;
  }

  /// Writes `from`, or keeps a copy of it until `write_limit` bytes have come together.
  ///
  /// Cancellation:  prompt; what has not been sent is kept, and `flush` goes on with it. A `from`
  ///                of more than `write_limit` bytes may have been sent in part.
  [[nodiscard]] task<> write(const_buffer from) {
    if (out_.size() + from.size() > out_.limit()) {
      co_await flush();
      const detail::one_at_a_time writing(is_writing_, write_twice);
      while (from.size() >= std::max<std::size_t>(out_.limit(), 1)) {
        const std::size_t count = co_await stream_.write_some(from);
        from = from.subspan(count);
      }
    }
    out_.append(from);
  }
  [[nodiscard]] task<> write(std::string_view text) { return write(as_bytes(text)); }
  /// Sends what `write` has kept. Cancellation: prompt; the rest stays.
  [[nodiscard]] task<> flush() {
    const detail::one_at_a_time writing(is_writing_, write_twice);
    while (out_.size() != 0) {
      const std::size_t count = co_await stream_.write_some(out_.bytes());
      out_.drop(count);
    }
  }
  /// Bytes that wait for `flush`.
  [[nodiscard]] std::size_t unflushed() const noexcept { return out_.size(); }

  /// Flushes, then closes the stream, whether that went well or not.
  [[nodiscard]] task<> close() {
    auto send = [this] { return flush(); };
    auto end = [this] { return stream_.close(); };
    co_await finally(send, end);
  }

  /// The stream below. What is read from it directly comes after what is buffered.
  [[nodiscard]] stream_type& stream() noexcept { return stream_; }
  [[nodiscard]] buffered_stream_options options() const noexcept {
    return {.limit = in_.limit(), .write_limit = out_.limit(), .time_limit = time_limit_};
  }

 private:
  friend struct detail::buffered_access;
  static constexpr std::size_t none = detail::byte_buffer::none;
  static constexpr const char* read_twice =
      "another read of this buffered_stream is in flight, and only one may be";
  static constexpr const char* write_twice =
      "another write to this buffered_stream is in flight, and only one may be";

  // Where what is wanted ends, or `none` at the end of the stream. `what` is borrowed.
  task<std::size_t> until_timeout(const detail::wanted& what) {
    try {
      co_return co_await wait_for(detail::filling(*this, what, never), time_limit_);
    } catch (const timeout_error&) {
      detail::throw_too_slow(what.operation, in_.size(), time_limit_);
    }
  }

  // The stream's own limit is looked at when bytes come: for their absence it has the same one.
  [[nodiscard]] duration limit_of_stream() const {
    if constexpr (requires { stream_.idle_limit(); }) return stream_.idle_limit();
    return duration::max();
  }

  // Where what is wanted ends; `none` when it is not all there. Bytes before `searched` were looked
  // at already.
  [[nodiscard]] std::size_t look_for(const detail::wanted& what, std::size_t searched) const {
    if (what.delimiter.empty()) return in_.size() >= what.count ? what.count : none;
    // It may lie across two reads.
    const std::size_t overlap = std::min(searched, what.delimiter.size() - 1);
    const std::size_t found = in_.find(what.delimiter, searched - overlap);
    if (found == none && in_.is_full()) detail::throw_too_long(what.operation, in_.limit());
    return found;
  }

  void claim_reading() {
    if (is_reading_) detail::one_at_a_time::refuse(read_twice);
    is_reading_ = true;
  }

  // A read from the stream, to be awaited. Who waits for long holds no more than needed.
  [[nodiscard]] auto ask() {
    if constexpr (lending_stream<stream_type>) {
      in_.rest();
      if (!is_writing_) out_.rest();
      return stream_.receive();
    } else {
      return stream_.read_some(in_.room());
    }
  }
  // What such a read gave; false at the end of the stream.
  [[nodiscard]] bool take_in(received_bytes got) {
    if (got.empty()) return false;
    in_.adopt(std::move(got));
    return true;
  }
  [[nodiscard]] bool take_in(std::size_t count) {
    if (count != 0) in_.filled(count);
    return count != 0;
  }

  S stream_;
  duration time_limit_;
  detail::byte_buffer in_;
  detail::byte_buffer out_;
  bool is_reading_ = false;
  bool is_writing_ = false;
};

template <class S>
buffered_stream(S&&) -> buffered_stream<S>;
template <class S>
buffered_stream(S&&, buffered_stream_options) -> buffered_stream<S>;

}  // namespace tridem
