// SPDX-License-Identifier: MIT
// One connection of a client: requests come in, answers go out.
#pragma once

#include "http_service/routes.hpp"

#include <tridem/tridem.hpp>

namespace http_service {

/// Serves until the client leaves, breaks the protocol, is silent for too long, or `stopping` is
/// set and no request is open.
[[nodiscard]] tridem::task<> serve(tridem::tcp_stream client, routes& answers,
                                   tridem::event& stopping);

}  // namespace http_service
