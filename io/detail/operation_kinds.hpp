// SPDX-License-Identifier: MIT
// The kinds of the closed list; io/operations.hpp says what drivers owe.
#pragma once

#include <tridem/runtime/operation.hpp>

#include <cstddef>
#include <cstdint>

namespace tridem {

enum class op_kind : std::uint8_t {
  nop,
  accept,
  connect,
  recv,
  receive,
  send,
  recvmsg,
  sendmsg,
  read,
  write,
  readv,
  writev,
  open,
  close,
  fsync,
  stat,
  poll,
  shutdown,
  unlink,
  rename,
  mkdir,
  link,
  allocate,
  truncate,
  read_directory,
  wait_doorbell,
};

/// The name of a kind ("recv"), for messages. A string with static lifetime.
[[nodiscard]] const char* name_of(op_kind kind) noexcept;

/// The most bytes that one transfer moves; Linux cuts longer requests here too.
inline constexpr std::size_t max_transfer = 0x7ffff000;

/// "At the descriptor's own position": the only offset that pipes, sockets and eventfds know.
inline constexpr std::int64_t current_position = -1;

}  // namespace tridem
