// SPDX-License-Identifier: MIT
// The closed list, second part: sockets.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/detail/listed_operation.hpp>
#include <tridem/io/detail/operation_kinds.hpp>
#include <tridem/io/received_bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

// Of the system's headers only this name is needed, and only by pointer.
struct msghdr;

namespace tridem {

/// accept4(2): a connection of the listening socket.
struct accept_operation : detail::descriptor_operation {
  explicit accept_operation(int socket) noexcept : descriptor_operation(op_kind::accept, socket) {}
};

/// connect(2), awaited until the connection stands or has failed.
struct connect_operation : detail::done_operation {
  connect_operation(int socket, const void* sockaddr, std::uint32_t sockaddr_size) noexcept
      : done_operation(op_kind::connect, socket), address(sockaddr), length(sockaddr_size) {}
  const void* address;   // a struct sockaddr
  std::uint32_t length;  // bytes
};

/// recv(2) with MSG_* flags; 0 bytes is the end of the stream.
struct recv_operation : detail::count_operation {
  recv_operation(int socket, mutable_buffer buffer, int message_flags = 0) noexcept
      : number_operation(op_kind::recv, socket), flags(message_flags), into(buffer) {}
  int flags;
  mutable_buffer into;
};

/// recv(2) into memory that the driver chooses when there are bytes: who waits holds none. 0 bytes
/// is the end of the stream.
///
/// The memory is of the driver's buffer_pool; when that is empty, of the operation's own. Whatever
/// does not come out as the value goes back with the operation.
struct receive_operation : detail::listed_operation {
  explicit receive_operation(int socket) noexcept : listed_operation(op_kind::receive, socket) {}
  // An idle operation has no memory.
  receive_operation(const receive_operation& other) noexcept : listed_operation(other) {}
  using value_type = received_bytes;
  [[nodiscard]] received_bytes take_value() noexcept {
    return result == 0 ? received_bytes()
                       : received_bytes(std::move(buffer), static_cast<std::uint32_t>(result));
  }
  std::uint16_t room = 0;  // bytes of the buffer; both are set by the driver
  detail::lent_buffer buffer;
};

/// send(2) with MSG_* flags. MSG_DONTWAIT changes who waits, not whether: unix datagrams need it,
/// see detail::asked_anew.
struct send_operation : detail::count_operation {
  send_operation(int socket, const_buffer buffer, int message_flags = 0) noexcept
      : number_operation(op_kind::send, socket), flags(message_flags), from(buffer) {}
  int flags;
  const_buffer from;
};

/// recvmsg(2): scattered, with addresses and control data. Received descriptors are close-on-exec.
struct recvmsg_operation : detail::count_operation {
  recvmsg_operation(int socket, ::msghdr* header, int message_flags = 0) noexcept
      : number_operation(op_kind::recvmsg, socket), flags(message_flags), message(header) {}
  int flags;
  ::msghdr* message;
};

/// sendmsg(2): gathered, with addresses and control data.
struct sendmsg_operation : detail::count_operation {
  sendmsg_operation(int socket, const ::msghdr* header, int message_flags = 0) noexcept
      : number_operation(op_kind::sendmsg, socket), flags(message_flags), message(header) {}
  int flags;
  const ::msghdr* message;
};

/// shutdown(2); `how` is SHUT_RD, SHUT_WR or SHUT_RDWR (0, 1, 2).
struct shutdown_operation : detail::done_operation {
  shutdown_operation(int socket, int direction) noexcept
      : done_operation(op_kind::shutdown, socket), how(direction) {}
  int how;
};

}  // namespace tridem
