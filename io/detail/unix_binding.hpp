// SPDX-License-Identifier: MIT
// A unix socket that has a name, and the file which that name leaves behind.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/descriptor.hpp>
#include <tridem/runtime/task.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace tridem {

/// How a unix listener is made.
struct unix_listen_options {
  int backlog = 4096;  // connections that wait to be accepted; the kernel cuts it at somaxconn
  bool replace_stale = true;    // a socket file to which nobody listens any more is removed first
  bool remove_at_close = true;  // the file goes with the listener, unless another took its place
};

namespace detail {

/// Removes the file of a bound socket at its end, unless another socket stands there by then.
class unix_binding {
 public:
  unix_binding() = default;
  unix_binding(unix_binding&& other) noexcept;
  unix_binding& operator=(unix_binding&& other) noexcept;
  ~unix_binding() { remove(); }

  /// Binds `socket`, and keeps the file's identity when it is to be removed.
  ///
  /// Errors: std::system_error that names the address and says what may be in the way.
  void bind(int socket, int type, const address& at, bool replace_stale, bool remove_at_close);
  void remove() noexcept;
  /// Leaves the file to others.
  void keep_file() noexcept { path_.clear(); }

 private:
  std::string path_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
};

/// A socket that listens at `at`; its file belongs to `binding`.
[[nodiscard]] descriptor listen_local(unix_binding& binding, int type, const address& at,
                                      unix_listen_options options);

/// A socket that is connected to the listener at `peer`. While the backlog is full it tries again,
/// with growing pauses.
[[nodiscard]] task<descriptor> connect_local(address peer, int type);

/// Two sockets that are connected with each other, close-on-exec and non-blocking.
[[nodiscard]] std::pair<descriptor, descriptor> make_socket_pair(int type);

}  // namespace detail
}  // namespace tridem
