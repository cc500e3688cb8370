// SPDX-License-Identifier: MIT
// The last words of a program that misused the library.
#include <tridem/runtime/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace tridem::detail {

void misuse(const char* what, const char* file, int line) noexcept {
  std::fprintf(stderr, "tridem: %s (detected at %s:%d)\n", what, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace tridem::detail
