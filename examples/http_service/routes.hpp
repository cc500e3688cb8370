// SPDX-License-Identifier: MIT
// What the service answers, apart from HTTP itself.
#pragma once

#include <tridem/tridem.hpp>

#include <string>
#include <string_view>

namespace http_service {

struct answer {
  unsigned status = 200;
  std::string body;
};

/// Answers requests; what costs a processor is done by `workers`.
class routes {
 public:
  routes(tridem::process_pool& workers, tridem::duration limit) noexcept
      : workers_(workers), limit_(limit) {}

  /// The answer to GET `target`, a path with an optional query. Failures are answers too.
  [[nodiscard]] tridem::task<answer> get(std::string target);

 private:
  tridem::task<answer> primes(std::string_view query);

  tridem::process_pool& workers_;
  const tridem::duration limit_;
};

}  // namespace http_service
