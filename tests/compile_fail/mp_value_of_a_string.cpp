// SPDX-License-Identifier: MIT
// A string has its bytes elsewhere, where no other process can see them.
// expect: an mp::value or mp::array holds plain values without pointers
#include <tridem/pool/mp_value.hpp>

#include <string>

std::size_t wrong() {
  return sizeof(tridem::mp::value<std::string>);
}
