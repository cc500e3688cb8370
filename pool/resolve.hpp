// SPDX-License-Identifier: MIT
// resolve: names of hosts and services become addresses, without stopping the loop.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/pool/detail/lookup.hpp>
#include <tridem/runtime/task.hpp>

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

namespace tridem {

/// The errors of name resolution: its values are the EAI_* of getaddrinfo(3), its texts those of
/// gai_strerror(3). `std::errc::resource_unavailable_try_again` compares equal to EAI_AGAIN.
[[nodiscard]] const std::error_category& resolve_category() noexcept;

/// Which addresses are wanted.
struct resolve_options {
  /// `none`: both IPv4 and IPv6.
  address_family family = address_family::none;
};

/// The addresses of `host`, with the port of `service`, in the order in which they should be tried.
///
/// A numeric host with a numeric service is answered at once. All else asks getaddrinfo(3) on a
/// thread, which reads /etc/hosts and asks name servers as the system is told to; at most
/// `detail::max_lookups` at a time in a process, the others wait in line.
///
/// @param host     A name, or numbers: "example.org", "127.0.0.1", "::1", "fe80::1%eth0".
/// @param service  A port, or a name of /etc/services: "443", "https".
/// @returns        At least one address.
/// Errors:        std::system_error of `resolve_category()`, or of the system; its text names host,
///                service and cause.
/// Cancellation:  at once. A lookup that is under way cannot be stopped: it goes on alone, owns all
///                that it uses, and its answer is thrown away.
/// Threads:       resumes on the loop of the awaiting task.
/// Cost:          a thread while lookups are under way; some allocations.
[[nodiscard]] task<std::vector<address>> resolve(std::string host, std::string service,
                                                 resolve_options options = {});
/// The same with the number of a port.
[[nodiscard]] task<std::vector<address>> resolve(std::string host, std::uint16_t port,
                                                 resolve_options options = {});

}  // namespace tridem
