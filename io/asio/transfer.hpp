// SPDX-License-Identifier: MIT
// read and write on whatever a descriptor may be: pipe, socket, terminal, eventfd, regular file.
#pragma once

#include "io/asio/perform.hpp"

#include <sys/uio.h>

namespace tridem::detail {

/// True for what no reactor can wait for: regular files, directories and block devices.
bool is_file(int fd) noexcept;

/// Reads what is there; `offset` as in read_operation. Sets `op.result` when done.
next_step read_now(operation& op, int fd, const iovec* parts, int count,
                   std::int64_t offset) noexcept;
next_step read_now(read_operation& op) noexcept;
next_step read_now(readv_operation& op) noexcept;

/// Writes as much as fits. A reader that is gone gives EPIPE, and no signal.
next_step write_now(write_operation& op, sigpipe_guard& quiet) noexcept;
next_step write_now(writev_operation& op, sigpipe_guard& quiet) noexcept;

/// Transfers, waiting as long as it takes; negative with errno on failure.
std::int64_t read_blocking(int fd, const iovec* parts, int count, std::int64_t offset) noexcept;
std::int64_t write_blocking(int fd, const iovec* parts, int count, std::int64_t offset) noexcept;

/// The whole of a buffer as one part.
inline iovec part_of(const read_operation& op) noexcept {
  return {op.into.data(), op.into.size() < max_transfer ? op.into.size() : max_transfer};
}
inline iovec part_of(const write_operation& op) noexcept {
  // iovec has one form for both directions; nothing is written through it here.
  return {const_cast<std::byte*>(op.from.data()),
          op.from.size() < max_transfer ? op.from.size() : max_transfer};
}

}  // namespace tridem::detail
