// SPDX-License-Identifier: MIT
// C++ cannot ship a closure.
// expect: a callable cannot cross to another process
#include <tridem/pool/codec.hpp>

std::size_t wrong() {
  auto callable = [](int x) { return x; };
  return sizeof(tridem::codec<decltype(callable)>);
}
