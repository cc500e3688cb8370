// SPDX-License-Identifier: MIT
// Small messages with descriptors over a pair of connected sockets (SCM_RIGHTS).
#pragma once

#include <tridem/io/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tridem::detail {

/// Creates two connected sockets that keep the bounds of messages; both are close-on-exec.
///
/// Errors: std::system_error.
[[nodiscard]] std::pair<descriptor, descriptor> create_socket_pair();

/// Whether an operation waits when the socket is full or empty.
enum class patience : bool { none, wait };

/// Sends one message whole. @returns 0, or an errno: EAGAIN without patience, EPIPE, ETOOMANYREFS.
[[nodiscard]] int send_with_descriptors(int socket, std::span<const std::byte> message,
                                        std::span<const int> descriptors, patience how) noexcept;

/// What one call of receive_with_descriptors found.
struct received_message {
  int error = 0;         ///< An errno; EAGAIN when nothing was there. EMSGSIZE: cut off.
  bool end = false;      ///< The other side is gone.
  std::size_t size = 0;  ///< Of the message, in bytes.
  std::vector<descriptor> descriptors;
};

/// Receives one message of at most `buffer.size()` bytes and 253 descriptors, close-on-exec.
[[nodiscard]] received_message receive_with_descriptors(int socket, std::span<std::byte> buffer,
                                                        patience how);

/// What precedes the descriptors of one call or result on a channel's socket.
struct descriptors_message {
  std::uint64_t sequence;
  std::uint32_t count;
  std::uint32_t reserved;
};

/// Takes the descriptors that belong to `sequence`, and closes those of calls taken back before.
///
/// Errors: malformed_message if there are none, or not as many as announced.
[[nodiscard]] std::vector<descriptor> take_descriptors_of(int socket, std::uint64_t sequence,
                                                          std::size_t count, patience how);

/// The bytes of any plain struct.
template <class T>
std::span<const std::byte> bytes_of(const T& object) noexcept {
  return std::as_bytes(std::span(&object, 1));
}
template <class T>
std::span<std::byte> writable_bytes_of(T& object) noexcept {
  return std::as_writable_bytes(std::span(&object, 1));
}

}  // namespace tridem::detail
