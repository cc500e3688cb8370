// SPDX-License-Identifier: MIT
// The parts of an http or https URL.
#pragma once

#include <string>
#include <string_view>

namespace fetch_many {

struct url {
  std::string text;  // as it was given
  bool secure = false;
  std::string host = {};
  std::string port = {};
  std::string target = {};  // path and query, at least "/"
};

/// Takes an absolute URL apart. Errors: std::invalid_argument that says what is wrong with it.
[[nodiscard]] url parse_url(std::string_view text);

/// What `location`, of a redirection, means when it came from `base`.
[[nodiscard]] url follow(const url& base, std::string_view location);

}  // namespace fetch_many
