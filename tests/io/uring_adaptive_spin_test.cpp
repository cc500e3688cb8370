// SPDX-License-Identifier: MIT
// When a loop looks again before it sleeps, and when it does not.
#include "io/uring/adaptive_spin.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using tridem::uring::adaptive_spin;

namespace {

bool never_comes() {
  return false;
}
bool is_there() {
  return true;
}

}  // namespace

TEST_CASE("a loop whose waits are long sleeps at once") {
  adaptive_spin spin(50us);
  CHECK(!spin.expects_answer());
  for (int i = 0; i < 100; ++i) spin.slept(10ms);
  CHECK(!spin.expects_answer());
}

TEST_CASE("a short wait makes it look before the next, a long one ends that") {
  adaptive_spin spin(50us);
  spin.slept(80us);
  CHECK(spin.expects_answer());
  spin.slept(10ms);
  CHECK(!spin.expects_answer());
}

TEST_CASE("each look in vain asks for twice as many short waits before the next") {
  adaptive_spin spin(10us);
  spin.slept(80us);
  for (const int asked : {2, 4, 8, 16, 32, 64, 64}) {
    CAPTURE(asked);
    REQUIRE(spin.expects_answer());
    CHECK(!spin.look(never_comes, tridem::never));
    for (int i = 1; i < asked; ++i) spin.slept(80us);
    CHECK(!spin.expects_answer());
    spin.slept(80us);
  }
}

TEST_CASE("looks that find something make it trust again") {
  adaptive_spin spin(10us);
  spin.slept(80us);
  CHECK(!spin.look(never_comes, tridem::never));
  spin.slept(80us);
  spin.slept(80us);
  REQUIRE(spin.expects_answer());
  CHECK(spin.look(is_there, tridem::never));
  CHECK(!spin.look(never_comes, tridem::never));
  spin.slept(80us);
  spin.slept(80us);
  CHECK(spin.expects_answer());
}

TEST_CASE("it does not look beyond the next timer") {
  adaptive_spin spin(1h);
  spin.slept(80us);
  CHECK(!spin.look(never_comes, tridem::clock::now()));
}

TEST_CASE("without a budget it never looks") {
  adaptive_spin spin(0us);
  spin.slept(80us);
  CHECK(!spin.expects_answer());
}
