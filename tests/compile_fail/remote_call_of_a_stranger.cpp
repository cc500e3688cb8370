// SPDX-License-Identifier: MIT
// The object is the first parameter of what is called, or what is called is its member.
// expect: remote<T>::call<...> takes the address of a member function of T
#include <tridem/pool/remote.hpp>

int stranger(int n) {
  return n;
}

auto wrong(tridem::remote<int>& object) {
  return object.call<&stranger>(1);
}
