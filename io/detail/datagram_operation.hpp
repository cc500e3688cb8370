// SPDX-License-Identifier: MIT
// Sending and receiving one message with its address. The system's structures, which name each
// other by address, lie in the operation itself: nothing is allocated for a datagram.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/operations.hpp>

#include <array>
#include <cstddef>

namespace tridem {

/// A message that has arrived.
struct datagram {
  std::size_t size = 0;       ///< Bytes in the buffer; 0 is an empty message, not an end.
  std::size_t full_size = 0;  ///< Bytes of the message as it was sent.
  address from;               ///< Who sent it; without name when the sender has none (unix).
  /// The buffer was too small, and the rest of the message is lost.
  [[nodiscard]] bool was_cut() const noexcept { return full_size > size; }
};

namespace detail {

/// Room for a struct msghdr and its one struct iovec, which public headers must not know.
struct message_room {
  alignas(8) std::array<std::byte, 72> bytes;
};

/// sendmsg(2) of one buffer to an address.
struct send_to_operation : sendmsg_operation {
  send_to_operation(int socket, const_buffer buffer, const address& to,
                    int message_flags = 0) noexcept
      : sendmsg_operation(socket, nullptr, message_flags), from(buffer), target(to) {}
  void settle() noexcept;
  void describe(char* out, std::size_t size) const noexcept override;

  const_buffer from;
  address target;
  message_room room;
};

/// recvmsg(2) into one buffer, with the sender's address and the size as it was sent.
struct receive_from_operation : recvmsg_operation {
  receive_from_operation(int socket, mutable_buffer buffer) noexcept;
  using value_type = datagram;
  void settle() noexcept;
  [[nodiscard]] datagram take_value() const noexcept;

  mutable_buffer into;
  alignas(8) std::array<std::byte, 128> sender;  // a struct sockaddr_storage
  message_room room;
};

}  // namespace detail
}  // namespace tridem
