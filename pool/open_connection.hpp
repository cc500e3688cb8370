// SPDX-License-Identifier: MIT
// open_connection: from the name of a host to a connection, the fastest of its addresses.
#pragma once

#include <tridem/io/connect_any.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/pool/resolve.hpp>

#include <cstdint>
#include <string>

namespace tridem {

/// Resolves `host` and connects to whichever of its addresses answers first; see `resolve` and
/// `connect_any`, which do the two halves.
///
/// @param host     A name or numbers.
/// @param service  A port, or a name of /etc/services: 443, "https".
/// Errors:        those of both; the text names host and service, and every address that was tried
///                with its cause.
/// Cancellation:  at once while it resolves, prompt while it connects. For a limit of time:
///                `wait_for(open_connection(...), 5s)`.
/// Threads:       the loop's thread only.
[[nodiscard]] task<tcp_stream> open_connection(std::string host, std::string service,
                                               connect_any_options options = {});
[[nodiscard]] task<tcp_stream> open_connection(std::string host, std::uint16_t port,
                                               connect_any_options options = {});

}  // namespace tridem
