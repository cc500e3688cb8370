// SPDX-License-Identifier: MIT
// copy: all bytes of one stream into another; copy_bidirectional joins two streams.
#pragma once

#include <tridem/io/stream.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

namespace tridem {

/// How bytes are carried over.
struct copy_options {
  /// Bytes that are on their way at most, 1 to 1 GiB.
  std::size_t buffer_size = 64 * 1024;
};

/// Reads from `from` until its end, and writes all of it to `to`, which is left open.
///
/// What is read is written before more is read, so a slow receiver slows the sender.
///
/// @returns       Bytes copied.
/// Errors:        those of both streams.
/// Cancellation:  prompt; of what has been read, up to `buffer_size` bytes may not have been
///                written.
/// Cost:          one frame and one buffer.
template <readable_stream From, writable_stream To>
task<std::uint64_t> copy(From& from, To& to, copy_options options = {}) {
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(options.buffer_size);
  std::uint64_t copied = 0;
  for (;;) {
    const std::size_t count = co_await from.read_some({buffer.get(), options.buffer_size});
    if (count == 0) co_return copied;
    const_buffer rest{buffer.get(), count};
    while (!rest.empty()) {
      const std::size_t written = co_await to.write_some(rest);
      rest = rest.subspan(written);
    }
    copied += count;
  }
}

namespace detail {

// One direction of copy_bidirectional: hands on the end of the stream too.
template <class From, class To>
task<std::uint64_t> copy_with_end(From& from, To& to, copy_options options) {
  const std::uint64_t copied = co_await copy(from, to, options);
  const auto ended = co_await as_result(to.shutdown());
  // The receiver may have gone meanwhile, having got all that there was.
  if (!ended && ended.error() != std::errc::not_connected) {
    throw std::system_error(ended.error(), "shutdown after a copy");
  }
  co_return copied;
}

}  // namespace detail

/// Joins two streams: what comes from one is written to the other, both ways, until both have
/// ended. The end of one direction is handed on by `shutdown`; the other direction goes on.
///
/// @returns       Bytes from `a` to `b`, and from `b` to `a`.
/// Errors:        the first of either direction; the other is stopped.
/// Cancellation:  as `copy`.
template <class A, class B>
  requires readable_stream<A> && writable_stream<A> && readable_stream<B> && writable_stream<B>
task<std::pair<std::uint64_t, std::uint64_t>> copy_bidirectional(A& a, B& b,
                                                                 copy_options options = {}) {
  auto [to_b, to_a] =
      co_await gather(detail::copy_with_end(a, b, options), detail::copy_with_end(b, a, options));
  co_return std::pair(to_b, to_a);
}

}  // namespace tridem
