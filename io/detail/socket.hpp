// SPDX-License-Identifier: MIT
// The few system calls that every kind of socket starts with. None of them blocks.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/descriptor.hpp>

namespace tridem::detail {

/// A new socket of the address's family, close-on-exec and non-blocking; `type` is SOCK_STREAM or
/// SOCK_DGRAM.
///
/// Errors of all functions here: std::system_error that names the call and the address or option.
[[nodiscard]] descriptor open_socket(const address& where, int type);
/// The same for what has to be an address of IPv4 or IPv6.
[[nodiscard]] descriptor open_inet_socket(const address& where, int type);

void bind_socket(int fd, const address& where);

void set_option(int fd, int level, int option, int value, const char* name);

[[nodiscard]] address local_address_of(int fd);
[[nodiscard]] address peer_address_of(int fd);

}  // namespace tridem::detail
