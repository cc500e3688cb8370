// SPDX-License-Identifier: MIT
// What a timeout says.
#include <tridem/runtime/wait_for.hpp>

#include <string>

namespace tridem::detail {

void throw_timeout(duration allowed) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(allowed).count();
  throw timeout_error("wait_for: not finished within " + std::to_string(ms) +
                      " ms; what was awaited has been cancelled");
}

}  // namespace tridem::detail
