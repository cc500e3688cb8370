// SPDX-License-Identifier: MIT
// Neither does a smart pointer.
// expect: a smart pointer cannot cross to another process
#include <tridem/pool/codec.hpp>

#include <memory>

std::size_t wrong() {
  return sizeof(tridem::codec<std::unique_ptr<int>>);
}
