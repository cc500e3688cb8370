// SPDX-License-Identifier: MIT
// SCM_RIGHTS and SO_PEERCRED. Room for what arrives is made before it is taken from the kernel:
// afterwards nothing can fail, so no descriptor is left without an owner.
#include <tridem/io/detail/unix_message.hpp>
#include <tridem/io/operations.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>

namespace tridem::detail {
namespace {

static_assert(asked_anew == MSG_DONTWAIT);

struct control_room {
  alignas(::cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * most_descriptors)> bytes;
};

[[noreturn]] void refuse(const char* what, std::size_t count) {
  throw std::system_error(EINVAL, std::generic_category(),
                          what + std::to_string(count) + "; a message carries at least one byte, " +
                              "and at most " + std::to_string(most_descriptors) + " descriptors");
}

// Takes over every descriptor of a message; `into` has room for them.
void adopt(const ::msghdr& message, std::vector<descriptor>& into) noexcept {
  auto* header = const_cast<::msghdr*>(&message);
  for (::cmsghdr* at = CMSG_FIRSTHDR(header); at != nullptr; at = CMSG_NXTHDR(header, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(at) + i * sizeof fd, sizeof fd);
      into.emplace_back(fd);
    }
  }
}

}  // namespace

task<std::size_t> send_with_descriptors(io_object& socket, claim needed, const_buffer from,
                                        std::span<const int> descriptors) {
  if (descriptors.size() > most_descriptors) refuse("send descriptors: ", descriptors.size());
  if (from.empty() && !descriptors.empty()) refuse("send descriptors with bytes: ", 0);
  control_room control;
  ::iovec part{const_cast<std::byte*>(from.data()), std::min(from.size(), max_transfer)};
  ::msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    ::cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  const ::msghdr* const given = &message;
  const int flags = needed == claim::none ? asked_anew : 0;
  co_return co_await socket.start_claiming<sendmsg_operation>(needed, given, flags);
}

task<received_message> receive_with_descriptors(io_object& socket, claim needed,
                                                mutable_buffer into, std::size_t most) {
  if (most > most_descriptors) refuse("receive descriptors: ", most);
  received_message received;
  received.descriptors.reserve(most);
  control_room control;
  ::iovec part{into.data(), std::min(into.size(), max_transfer)};
  ::msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  // Exactly so many: CMSG_SPACE rounds up, and the kernel would use the rest.
  message.msg_controllen = CMSG_LEN(sizeof(int) * most);
  received.full_size =
      co_await socket.start_claiming<recvmsg_operation>(needed, &message, int{MSG_TRUNC});
  received.size = std::min(received.full_size, into.size());
  adopt(message, received.descriptors);
  received.descriptors_lost = (message.msg_flags & MSG_CTRUNC) != 0;
  if (received.descriptors_lost) received.descriptors.clear();
  co_return received;
}

unix_credentials peer_credentials_of(int socket) {
  ::ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "ask for the credentials of the peer");
  }
  return {peer.pid, peer.uid, peer.gid};
}

}  // namespace tridem::detail
