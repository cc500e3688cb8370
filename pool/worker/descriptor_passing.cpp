// SPDX-License-Identifier: MIT
// sendmsg and recvmsg with SCM_RIGHTS, in the one form that we use.
#include "pool/worker/descriptor_passing.hpp"

#include <tridem/pool/message_reader.hpp>

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace tridem::detail {

namespace {

constexpr std::size_t most_descriptors = 253;  // SCM_MAX_FD of Linux

/// Room for the control data of one message, aligned as the macros want it.
union control_buffer {
  ::cmsghdr aligned;
  char bytes[CMSG_SPACE(sizeof(int) * most_descriptors)];
};

}  // namespace

std::pair<descriptor, descriptor> create_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::system_category(), "create a pair of sockets");
  }
  return {descriptor(ends[0]), descriptor(ends[1])};
}

int send_with_descriptors(int socket, std::span<const std::byte> message,
                          std::span<const int> descriptors, patience how) noexcept {
  ::iovec part{const_cast<std::byte*>(message.data()), message.size()};
  ::msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  control_buffer control;
  if (!descriptors.empty()) {
    if (descriptors.size() > most_descriptors) return EINVAL;
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    std::memset(&control, 0, header.msg_controllen);
    ::cmsghdr* first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(first), descriptors.data(), descriptors.size_bytes());
  }
  const int flags = MSG_NOSIGNAL | (how == patience::none ? MSG_DONTWAIT : 0);
  while (::sendmsg(socket, &header, flags) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

received_message receive_with_descriptors(int socket, std::span<std::byte> buffer, patience how) {
  ::iovec part{buffer.data(), buffer.size()};
  ::msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  control_buffer control;
  header.msg_control = &control;
  header.msg_controllen = sizeof(control);
  const int flags = MSG_CMSG_CLOEXEC | (how == patience::none ? MSG_DONTWAIT : 0);
  received_message result;
  ssize_t size;
  do {
    size = ::recvmsg(socket, &header, flags);
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    result.error = errno;
    result.end = errno == ECONNRESET;
    return result;
  }
  for (::cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr;
       item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    result.descriptors.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      int number;
      std::memcpy(&number, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
      result.descriptors.emplace_back(number);
    }
  }
  result.size = static_cast<std::size_t>(size);
  result.end = size == 0;
  // MSG_CTRUNC: this process has no room for more descriptors, and some were lost.
  if ((header.msg_flags & MSG_CTRUNC) != 0) result.error = EMFILE;
  if ((header.msg_flags & MSG_TRUNC) != 0) result.error = EMSGSIZE;
  return result;
}

std::vector<descriptor> take_descriptors_of(int socket, std::uint64_t sequence, std::size_t count,
                                            patience how) {
  for (;;) {
    descriptors_message announced{};
    auto received = receive_with_descriptors(socket, writable_bytes_of(announced), how);
    if (received.error == EMFILE) {
      throw std::system_error(EMFILE, std::system_category(),
                              "receive the descriptors of a message");
    }
    if (received.error != 0 || received.end || received.size != sizeof(announced) ||
        announced.sequence > sequence) {
      throw malformed_message("malformed message: its descriptors did not come with it");
    }
    if (announced.sequence < sequence) continue;
    if (announced.count != count || received.descriptors.size() != count) {
      throw malformed_message("malformed message: " + std::to_string(received.descriptors.size()) +
                              " descriptors came, where " + std::to_string(count) +
                              " were announced");
    }
    return std::move(received.descriptors);
  }
}

}  // namespace tridem::detail
