// SPDX-License-Identifier: MIT
// What every stream of bytes can do once it can read some and write some.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/received_bytes.hpp>
#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/task.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tridem {

/// A source of bytes: `co_await s.read_some(buffer)` gives the number read, 0 at the end of the
/// stream.
template <class S>
concept readable_stream = requires(S& stream, mutable_buffer into) {
  { stream.read_some(into) } -> awaitable;
  requires std::convertible_to<awaited_t<decltype(stream.read_some(into))>, std::size_t>;
};

/// A source that lends the memory of what it gives: `co_await s.receive()` gives received_bytes.
template <class S>
concept lending_stream = requires(S& stream) {
  { stream.receive() } -> awaitable;
  requires std::same_as<awaited_t<decltype(stream.receive())>, received_bytes>;
};

/// A sink of bytes: `co_await s.write_some(buffer)` gives the number written.
template <class S>
concept writable_stream = requires(S& stream, const_buffer from) {
  { stream.write_some(from) } -> awaitable;
  requires std::convertible_to<awaited_t<decltype(stream.write_some(from))>, std::size_t>;
};

/// Which directions the `shutdown` of a connection ends.
enum class shutdown_direction : std::uint8_t { read, write, both };

/// Reads until `into` is full or the stream has ended.
///
/// @returns       Bytes read; fewer than `into.size()` only at the end of the stream.
/// Errors:        those of `read_some`.
/// Cancellation:  prompt; bytes read so far stay in `into`, but how many is not told.
/// Cost:          one frame.
template <readable_stream S>
task<std::size_t> read_exactly(S& stream, mutable_buffer into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const std::size_t count = co_await stream.read_some(into.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  co_return filled;
}

/// Writes all of `from`.
///
/// Errors:        those of `write_some`.
/// Cancellation:  prompt; part of `from` may have been written.
/// Cost:          one frame.
template <writable_stream S>
task<> write_all(S& stream, const_buffer from) {
  while (!from.empty()) {
    const std::size_t count = co_await stream.write_some(from);
    from = from.subspan(count);
  }
}

/// Appends to `buffer` until it holds `delimiter`, starting with what it holds already. More may be
/// read than that: what stands behind the delimiter stays in `buffer` for the next call.
///
/// @param limit   The most bytes that `buffer` may hold, 1 to SIZE_MAX.
/// @returns       The length up to and with the delimiter; 0 when the stream ended, or `limit` was
/// reached, before. Errors:        those of `read_some`. Cancellation:  prompt; `buffer` holds all
/// that was read, none is lost.
template <readable_stream S>
task<std::size_t> read_until(S& stream, std::string& buffer, std::string_view delimiter,
                             std::size_t limit = 64 * 1024) {
  constexpr std::size_t step = 4096;
  std::size_t searched = 0;
  for (;;) {
    const std::size_t found = buffer.find(delimiter, searched);
    if (found != std::string::npos) co_return found + delimiter.size();
    if (buffer.size() >= limit) co_return 0;
    // A delimiter may lie across two reads.
    searched = buffer.size() < delimiter.size() ? 0 : buffer.size() - delimiter.size() + 1;

    char chunk[step];
    const std::size_t room = limit - buffer.size() < step ? limit - buffer.size() : step;
    const mutable_buffer into = std::as_writable_bytes(std::span<char>{chunk, room});
    const std::size_t count = co_await stream.read_some(into);
    if (count == 0) co_return 0;
    buffer.append(chunk, count);
  }
}

}  // namespace tridem
