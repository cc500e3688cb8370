// SPDX-License-Identifier: MIT
// Name resolution, then happy eyeballs. It stands in this floor because names need threads.
#include <tridem/pool/open_connection.hpp>

#include <utility>

namespace tridem {

task<tcp_stream> open_connection(std::string host, std::string service,
                                 connect_any_options options) {
  std::string target = "'" + host + "', service '" + service + "'";
  std::vector<address> found = co_await resolve(std::move(host), std::move(service));
  co_return co_await connect_any(std::move(found), options, std::move(target));
}

task<tcp_stream> open_connection(std::string host, std::uint16_t port,
                                 connect_any_options options) {
  return open_connection(std::move(host), std::to_string(port), options);
}

}  // namespace tridem
