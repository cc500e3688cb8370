// SPDX-License-Identifier: MIT
// What holds says nothing; what does not is proven in tests/death.
#include <tridem/runtime/assert.hpp>

#include <doctest/doctest.h>

TEST_CASE("a condition that holds is looked at once, and nothing else happens") {
  int looked = 0;
  TRIDEM_ASSERT(++looked == 1, "counting went wrong");
  CHECK(looked == 1);
}

TEST_CASE("an assertion is one statement") {
  bool other = false;
  if (other)
    TRIDEM_ASSERT(false, "never reached");
  else
    other = true;
  CHECK(other);
}
