// SPDX-License-Identifier: MIT
// What unix sockets carry beside bytes: descriptors, and who sends them.
#pragma once

#include <tridem/io/buffer.hpp>
#include <tridem/io/descriptor.hpp>
#include <tridem/io/detail/io_object.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/types.h>
#include <vector>

namespace tridem {

/// The most descriptors that one message carries (SCM_MAX_FD of the kernel).
inline constexpr std::size_t most_descriptors = 253;

/// Bytes, and the descriptors that came with them.
struct received_message {
  std::size_t size = 0;       ///< Bytes in the buffer; of a stream, 0 is its end.
  std::size_t full_size = 0;  ///< Bytes of the whole message: more than `size` when it was cut.
  std::vector<descriptor> descriptors;
  /// The sender gave more descriptors than were asked for, or than this process may open. Those
  /// that had arrived were closed, so that `descriptors` is all of them or none.
  bool descriptors_lost = false;
};

/// The process and the user at the other end, as they were when it connected or made the pair.
struct unix_credentials {
  ::pid_t pid = 0;
  ::uid_t user = 0;
  ::gid_t group = 0;
};

namespace detail {

/// MSG_DONTWAIT, for messages to a receiver whose queue may be full. A ring that waits by itself
/// tries the same request again, from which the kernel has taken the bytes already, and the
/// receiver gets an empty message (seen on Linux 6.18). So the driver waits, and asks anew.
inline constexpr int asked_anew = 0x40;

[[nodiscard]] task<std::size_t> send_with_descriptors(io_object& socket, claim needed,
                                                      const_buffer from,
                                                      std::span<const int> descriptors);
[[nodiscard]] task<received_message> receive_with_descriptors(io_object& socket, claim needed,
                                                              mutable_buffer into,
                                                              std::size_t most);
[[nodiscard]] unix_credentials peer_credentials_of(int socket);

}  // namespace detail
}  // namespace tridem
