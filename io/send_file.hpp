// SPDX-License-Identifier: MIT
// send_file: a file, or a part of it, into a stream.
#pragma once

#include <tridem/io/detail/stream_access.hpp>
#include <tridem/io/file.hpp>
#include <tridem/io/stream.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tridem {

/// Which part of a file is sent.
struct file_part {
  std::uint64_t offset = 0;           ///< bytes from the start of the file
  std::uint64_t length = UINT64_MAX;  ///< bytes; all that follow when the file has fewer
};

namespace detail {

/// What the page cache holds of the file goes to the socket inside the kernel, as far as the socket
/// takes it. Never waits for a disk.
///
/// @returns       Bytes sent; 0 when it has to be done in another way this time; -1 always.
/// Source:        sendfile(2); cachestat(2), Linux 6.5.
[[nodiscard]] std::int64_t send_from_cache(int socket, int file, std::uint64_t offset,
                                           std::uint64_t length) noexcept;

template <writable_stream To>
task<std::uint64_t> send_part(file& from, To& to, file_part part) {
  constexpr std::uint64_t kernel_block = 1 << 20;
  constexpr std::size_t large_block = 128 * 1024;
  constexpr std::size_t small_block = 16 * 1024;  // to wait with, when the kernel does the rest
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(large_block);
  constexpr bool has_number = requires {
    { to.native_handle() } -> std::convertible_to<int>;
  };
  bool by_kernel = has_number;
  std::uint64_t sent = 0;
  while (sent < part.length) {
    const std::uint64_t left = part.length - sent;
    if constexpr (has_number) {
      if (by_kernel) {
        const std::int64_t moved =
            send_from_cache(to.native_handle(), from.native_handle(), part.offset + sent,
                            std::min(left, kernel_block));
        if (moved > 0) {
          sent += static_cast<std::uint64_t>(moved);
          co_await yield();
          continue;
        }
        by_kernel = moved == 0;
      }
    }
    const auto wanted = std::min<std::uint64_t>(left, by_kernel ? small_block : large_block);
    const mutable_buffer block(buffer.get(), static_cast<std::size_t>(wanted));
    const std::size_t count = co_await from.read_at(block, part.offset + sent);
    if (count == 0) break;
    co_await write_all(to, block.first(count));
    sent += count;
  }
  co_return sent;
}

}  // namespace detail

/// Writes a part of `from` to `to`, which is left open. Other writes to a socket are refused
/// meanwhile with device_or_resource_busy, as this is when there is another already; to other
/// streams none may be in flight.
///
/// What is in the page cache goes to a socket without a copy through this process (a third to a
/// half of the CPU time of read and write, measured over loopback). All else is read and written
/// block by block: what must come from a disk, streams that are no sockets, and a block whenever
/// the receiver is slower than we are.
///
/// @returns       Bytes sent; fewer than `part.length` when the file ends before.
/// Errors:        those of `file::read_at` and of `to`.
/// Cancellation:  prompt; part of it may have been sent.
/// Cost:          two frames, and one buffer of 128 KiB.
template <writable_stream To>
task<std::uint64_t> send_file(file& from, To& to, file_part part = {}) {
  if constexpr (detail::socket_stream<To>) {
    detail::claimed_socket claimed(to);
    co_return co_await detail::send_part(from, claimed, part);
  } else {
    co_return co_await detail::send_part(from, to, part);
  }
}

}  // namespace tridem
