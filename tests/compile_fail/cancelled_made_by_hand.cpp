// SPDX-License-Identifier: MIT
// Only the library says that something was cancelled.
// expect: (private|is private within this context)
#include <tridem/runtime/cancellation.hpp>

void wrong() {
  throw tridem::cancelled();
}
