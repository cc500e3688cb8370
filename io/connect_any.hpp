// SPDX-License-Identifier: MIT
// connect_any: one connection to whichever of several addresses answers first.
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace tridem {

struct connect_any_options {
  /// How long one attempt may take before the next is made beside it: 10 ms to 2 s.
  duration attempt_delay = std::chrono::milliseconds(250);
  /// How each of them is made. Addresses of another family than `connection.local` fail.
  connect_options connection = {};
};

/// The order in which `connect_any` tries `candidates`: the families take turns, beginning with
/// that of the first; within a family the order is kept.
[[nodiscard]] std::vector<address> interleave_families(const std::vector<address>& candidates);

/// Connects to the first of `candidates` that answers ("happy eyeballs").
///
/// Attempts begin one after the other, as soon as the last one has failed or has taken
/// `attempt_delay`; the first that stands wins, the others are cancelled and closed.
///
/// @param candidates  In the order of preference, as `resolve` gives them.
/// @param target      What the caller wants to reach, for the text of an error; may be empty.
/// Errors:        std::system_error with the code of the first attempt, when all have failed; its
///                text lists every address with its cause. invalid_argument without candidates.
/// Cancellation:  prompt; all attempts are closed. A connection that stands already is delivered.
/// Threads:       the loop's thread only.
/// Cost:          a task for each attempt.
/// Source:        RFC 8305, sections 4 and 5.
[[nodiscard]] task<tcp_stream> connect_any(std::vector<address> candidates,
                                           connect_any_options options = {},
                                           std::string target = {});

}  // namespace tridem
