// SPDX-License-Identifier: MIT
// The check stands where a path becomes an operation, so that none goes around it.
#include <tridem/io/detail/system_path.hpp>

#include <cerrno>
#include <system_error>

namespace tridem::detail {

const char* system_path(const std::string& path) {
  const std::size_t zero = path.find('\0');
  if (zero == std::string::npos) return path.c_str();
  throw std::system_error(EINVAL, std::generic_category(),
                          "use a path that goes on after a zero byte, where it would end: '" +
                              path.substr(0, zero) + "\\0...'");
}

}  // namespace tridem::detail
