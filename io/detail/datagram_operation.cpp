// SPDX-License-Identifier: MIT
// Filling struct msghdr in place.
#include <tridem/io/detail/datagram_operation.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <sys/socket.h>
#include <sys/uio.h>

namespace tridem::detail {
namespace {

struct message_parts {
  ::msghdr header;
  ::iovec part;
};
static_assert(sizeof(message_parts) <= sizeof(message_room));
static_assert(alignof(message_parts) <= alignof(message_room));
static_assert(sizeof(sockaddr_storage) == 128);

message_parts& fill(message_room& room, const std::byte* data, std::size_t size) noexcept {
  auto& parts = *::new (room.bytes.data()) message_parts{};
  // One structure serves both directions; nothing is written through it when sending.
  parts.part = {const_cast<std::byte*>(data), std::min(size, max_transfer)};
  parts.header.msg_iov = &parts.part;
  parts.header.msg_iovlen = 1;
  return parts;
}

}  // namespace

void send_to_operation::settle() noexcept {
  message_parts& parts = fill(room, from.data(), from.size());
  parts.header.msg_name = const_cast<void*>(target.data());
  parts.header.msg_namelen = target.size();
  message = &parts.header;
}

void send_to_operation::describe(char* out, std::size_t size) const noexcept {
  sendmsg_operation::describe(out, size);
  const std::size_t used = ::strnlen(out, size);
  std::snprintf(out + used, size - used, " to %s", target.to_string().c_str());
}

receive_from_operation::receive_from_operation(int socket, mutable_buffer buffer) noexcept
    : recvmsg_operation(socket, nullptr, MSG_TRUNC), into(buffer) {}

void receive_from_operation::settle() noexcept {
  message_parts& parts = fill(room, into.data(), into.size());
  parts.header.msg_name = sender.data();
  parts.header.msg_namelen = sizeof sender;
  message = &parts.header;
}

datagram receive_from_operation::take_value() const noexcept {
  const auto full = static_cast<std::size_t>(result);
  return {std::min(full, into.size()), full,
          address::from_native(sender.data(), message->msg_namelen)};
}

}  // namespace tridem::detail
