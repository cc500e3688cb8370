// SPDX-License-Identifier: MIT
// The way to the object of a socket, for what is made of several operations and shall be one.
#pragma once

#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/operations.hpp>

#include <concepts>

namespace tridem::detail {

/// Befriended by the streams that are sockets.
struct stream_access {
  template <class Stream>
  static auto object(Stream& stream) noexcept -> decltype((stream.object_)) {
    return stream.object_;
  }
};

template <class Stream>
concept socket_stream = requires(Stream& stream) {
  { stream_access::object(stream) } -> std::same_as<io_object&>;
};

/// Writes to a socket whose writing side it keeps to itself, as long as it lives.
class claimed_socket {
 public:
  /// Errors: device_or_resource_busy when another write is in flight.
  template <socket_stream Stream>
  explicit claimed_socket(Stream& stream)
      : object_(stream_access::object(stream)), held_(object_, claim::writing) {}

  [[nodiscard]] auto write_some(const_buffer from) noexcept {
    return object_.start<send_operation>(from);
  }
  [[nodiscard]] int native_handle() const noexcept { return object_.fd(); }

 private:
  io_object& object_;
  io_object::held_claim held_;
};

}  // namespace tridem::detail
