// SPDX-License-Identifier: MIT
// The two ends of a connection.
#include <tridem/io/detail/socket.hpp>
#include <tridem/io/stream_socket.hpp>

#include <sys/socket.h>

namespace tridem {

static_assert(static_cast<int>(shutdown_direction::read) == SHUT_RD);
static_assert(static_cast<int>(shutdown_direction::write) == SHUT_WR);
static_assert(static_cast<int>(shutdown_direction::both) == SHUT_RDWR);

address stream_socket::local_address() const {
  return detail::local_address_of(object_.fd());
}

address stream_socket::peer_address() const {
  return detail::peer_address_of(object_.fd());
}

}  // namespace tridem
