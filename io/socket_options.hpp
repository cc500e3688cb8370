// SPDX-License-Identifier: MIT
// What every kind of socket can be told. What only one kind knows is a member of that.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace tridem {

/// Our sockets, and whatever else has the number of one.
template <class S>
concept has_socket = requires(const S& object) {
  { object.native_handle() } -> std::same_as<int>;
};

namespace detail {

[[nodiscard]] int get_option(int fd, int level, int option, const char* name);
[[nodiscard]] std::size_t send_buffer_of(int fd);
void set_send_buffer(int fd, std::size_t bytes);
[[nodiscard]] std::size_t receive_buffer_of(int fd);
void set_receive_buffer(int fd, std::size_t bytes);
void set_hop_limit(int fd, int hops);
void set_traffic_class(int fd, int value);
void bind_to_interface(int fd, std::string_view name);

}  // namespace detail

/// How many bytes the kernel keeps of what was sent and not taken yet; it counts its own overhead.
///
/// Errors of all functions here: std::system_error that names the option.
/// Threads: as the object.
template <has_socket S>
[[nodiscard]] std::size_t send_buffer(const S& object) {
  return detail::send_buffer_of(object.native_handle());
}
/// Asks for another size; the kernel doubles it for its overhead, and cuts it at net.core.wmem_max.
/// For TCP it ends the growing by need: see also connect_options and listen_options.
template <has_socket S>
void send_buffer(const S& object, std::size_t bytes) {
  detail::set_send_buffer(object.native_handle(), bytes);
}

/// The same for what has come and was not read yet (net.core.rmem_max).
template <has_socket S>
[[nodiscard]] std::size_t receive_buffer(const S& object) {
  return detail::receive_buffer_of(object.native_handle());
}
template <has_socket S>
void receive_buffer(const S& object, std::size_t bytes) {
  detail::set_receive_buffer(object.native_handle(), bytes);
}

/// How many routers a packet to one receiver passes (time to live), 1 to 255. For groups:
/// udp_socket::multicast_hops.
template <has_socket S>
void hop_limit(const S& object, int hops) {
  detail::set_hop_limit(object.native_handle(), hops);
}

/// The DSCP and ECN bits of packets, 0 to 255. Source: ip(7), IP_TOS; ipv6(7), IPV6_TCLASS.
template <has_socket S>
void traffic_class(const S& object, int value) {
  detail::set_traffic_class(object.native_handle(), value);
}

/// Sends and receives through this interface only ("eth0"); an empty name ends that. To be said
/// before the socket is connected; may need CAP_NET_RAW. Source: socket(7), SO_BINDTODEVICE.
template <has_socket S>
void bind_to_interface(const S& object, std::string_view name) {
  detail::bind_to_interface(object.native_handle(), name);
}

}  // namespace tridem
