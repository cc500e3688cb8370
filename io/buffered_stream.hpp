// SPDX-License-Identifier: MIT
// buffered_stream: lines and messages from a stream of bytes, without losing one.
#pragma once

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

namespace detail {

/// Failures of a buffered stream, out of line: they name the bound and what to do.
[[noreturn]] void throw_too_long(const char* operation, std::size_t limit);
[[noreturn]] void throw_too_slow(const char* operation, std::size_t held, duration allowed);
[[noreturn]] void throw_peek_too_far(std::size_t wanted, std::size_t limit);

}  // namespace detail

/// A stream with a buffer before it. `buffered_stream lines(std::move(stream))` owns the stream;
/// `buffered_stream lines(stream)` borrows it.
///
/// Whatever ends a read early (a cancellation, an error, a bound) leaves the bytes that have come
/// in the buffer, where the next read finds them. One task may read while another writes.
///
/// Errors:        those of the stream; message_size when a bound is exceeded, timed_out when
///                `time_limit` is, device_or_resource_busy for a second read or write at a time.
/// Threads:       the loop's thread only.
/// Cost:          at most 4 KiB of memory while the peer is quiet; none before the first read.
template <class S>
class buffered_stream {
 public:
  using stream_type = std::remove_reference_t<S>;

  explicit buffered_stream(S&& stream, buffered_stream_options options = {})
      : stream_(std::forward<S>(stream)), options_(options), in_(options.limit), out_(none) {}

  /// Reads a line into `line`, without its "\n" or "\r\n".
  ///
  /// @returns       False at the end of the stream. A last line without a line end counts.
  /// Errors:        as above; a line of more than `limit` bytes stays in the buffer.
  /// Cancellation:  prompt; no byte is lost.
  [[nodiscard]] task<bool> read_line(std::string& line) {
    std::size_t length = in_.find("\n", 0);
    if (length == none) {
      length = co_await in_time("read_line", "\n", 0);
    }
    const bool has_end = length != none;
    if (!has_end) length = in_.size();
    if (!has_end && length == 0) co_return false;
    std::string_view text = as_text(in_.bytes()).substr(0, length);
    if (has_end && text.ends_with('\r')) text.remove_suffix(1);
    line.assign(text);
    in_.drop(has_end ? length + 1 : length);
    co_return true;
  }
  /// The same, as a string of its own; empty at the end of the stream.
  [[nodiscard]] task<std::optional<std::string>> read_line() {
    std::optional<std::string> line(std::in_place);
    const bool any = co_await read_line(*line);
    if (!any) line.reset();
    co_return line;
  }

  /// Reads up to and with `delimiter`, 1 to `limit` bytes.
  ///
  /// @returns       Empty when the stream ended before; what has come then is left in the buffer.
  [[nodiscard]] task<std::optional<std::string>> read_until(std::string delimiter) {
    std::size_t length = in_.find(delimiter, 0);
    if (length == none) {
      length = co_await in_time("read_until", delimiter, 0);
    }
    if (length == none) co_return std::nullopt;
    std::string text(as_text(in_.bytes()).substr(0, length + delimiter.size()));
    in_.drop(text.size());
    co_return text;
  }

  /// Waits until `count` bytes are in the buffer, and shows them without taking them.
  ///
  /// @param count   1 to `limit`.
  /// @returns       `count` bytes, fewer only at the end of the stream; valid until the next call.
  [[nodiscard]] task<const_buffer> peek(std::size_t count) {
    if (count > in_.limit()) detail::throw_peek_too_far(count, in_.limit());
    if (in_.size() < count) co_await in_time("peek", {}, count);
    co_return in_.bytes().first(std::min(count, in_.size()));
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
    if (out_.size() + from.size() > options_.write_limit) {
      co_await flush();
      const detail::one_at_a_time writing(is_writing_, write_twice);
      while (from.size() >= std::max<std::size_t>(options_.write_limit, 1)) {
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
  [[nodiscard]] const buffered_stream_options& options() const noexcept { return options_; }

 private:
  static constexpr std::size_t none = detail::byte_buffer::none;
  static constexpr const char* read_twice =
      "another read of this buffered_stream is in flight, and only one may be";
  static constexpr const char* write_twice =
      "another write to this buffered_stream is in flight, and only one may be";

  // Where `delimiter` stands, or `none` at the end of the stream; without one, waits for `count`
  // bytes.
  task<std::size_t> in_time(const char* operation, std::string_view delimiter, std::size_t count) {
    if (options_.time_limit != duration::zero()) {
      return until_timeout(operation, delimiter, count);
    }
    duration limit = duration::max();
    if constexpr (requires { stream_.idle_limit(); }) limit = stream_.idle_limit();
    return fill(operation, delimiter, count, limit);
  }

  task<std::size_t> until_timeout(const char* operation, std::string_view delimiter,
                                  std::size_t count) {
    try {
      co_return co_await wait_for(fill(operation, delimiter, count, duration::max()),
                                  options_.time_limit);
    } catch (const timeout_error&) {
      detail::throw_too_slow(operation, in_.size(), options_.time_limit);
    }
  }

  // The limit is looked at when bytes come: for their absence the stream has the same one.
  task<std::size_t> fill(const char* operation, std::string_view delimiter, std::size_t count,
                         duration limit) {
    const detail::one_at_a_time reading(is_reading_, read_twice);
    const time_point end = detail::after(event_loop::current().now(), limit);
    std::size_t searched = in_.size();
    for (;;) {
      if (!delimiter.empty()) {
        // It may lie across two reads.
        const std::size_t overlap = std::min(searched, delimiter.size() - 1);
        const std::size_t found = in_.find(delimiter, searched - overlap);
        if (found != none) co_return found;
        if (in_.is_full()) detail::throw_too_long(operation, in_.limit());
      } else if (in_.size() >= count) {
        co_return count;
      }
      if (event_loop::current().now() > end) detail::throw_too_slow(operation, in_.size(), limit);
      searched = in_.size();
      const std::size_t got = co_await stream_.read_some(in_.room());
      if (got == 0) co_return none;
      in_.filled(got);
    }
  }

  S stream_;
  buffered_stream_options options_;
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
