// SPDX-License-Identifier: MIT
// A pointer means nothing in another process.
// expect: a pointer cannot cross to another process
#include <tridem/pool/codec.hpp>

std::size_t wrong() {
  return sizeof(tridem::codec<int*>);
}
