// SPDX-License-Identifier: MIT
// Fetching one URL with all patience that was granted: a limit of time, further attempts,
// redirections.
#pragma once

#include "fetch_many/exchange.hpp"

#include <tridem/runtime/task.hpp>
#include <tridem/runtime/time.hpp>

#include <string>

namespace fetch_many {

struct patience {
  tridem::duration limit = std::chrono::seconds(10);  // for one attempt, redirections included
  unsigned attempts = 3;
  std::size_t largest_body = 64 << 20;  // bytes
};

struct outcome {
  std::string url;
  page got = {};
  std::string error = {};  // empty when all went well
  tridem::duration took{};
};

/// Fetches `text`. Whatever goes wrong is in the outcome; only a cancellation comes out.
[[nodiscard]] tridem::task<outcome> fetch(std::string text, std::shared_ptr<const trust> believed,
                                          patience granted);

}  // namespace fetch_many
