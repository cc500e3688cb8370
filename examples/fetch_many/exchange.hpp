// SPDX-License-Identifier: MIT
// One request and its answer, over TCP or TLS.
#pragma once

#include "fetch_many/url.hpp"

#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace fetch_many {

/// Which servers are believed to be who they say.
class trust {
 public:
  /// @param authority  A file of PEM certificates to believe besides those of the system, or "".
  /// Errors: std::system_error (the file cannot be read).
  explicit trust(const std::string& authority);
  trust(const trust&) = delete;
  trust& operator=(const trust&) = delete;
  ~trust();

  struct state;
  [[nodiscard]] state& get() const noexcept { return *state_; }

 private:
  std::unique_ptr<state> state_;
};

struct page {
  unsigned status = 0;
  std::string location;  // of a redirection
  std::size_t size = 0;  // bytes of the body
};

/// GETs `what` on a connection of its own.
///
/// Errors:       std::system_error that names the step: looking up the host, connecting, ...
/// Cancellation: prompt, at every step.
[[nodiscard]] tridem::task<page> get(const url& what, const trust& believed,
                                     std::size_t largest_body);

}  // namespace fetch_many
