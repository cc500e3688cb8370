// SPDX-License-Identifier: MIT
// What map_options mean where they leave the choice to the pool.
#include <tridem/pool/map_options.hpp>

#include <doctest/doctest.h>

#include <type_traits>

using tridem::map_options;
using tridem::detail::chunk_of;
using tridem::detail::in_flight_of;

TEST_CASE("a chunk is a quarter of a worker's share, and never empty") {
  CHECK(chunk_of({}, 1600, 4) == 100);
  CHECK(chunk_of({}, 3, 4) == 1);
  CHECK(chunk_of({}, 0, 4) == 1);
  CHECK(chunk_of({}, 100, 0) == 25);
  CHECK(chunk_of({.chunk = 7}, 1600, 4) == 7);
}

TEST_CASE("two calls for each worker are under way") {
  CHECK(in_flight_of({}, 4) == 8);
  CHECK(in_flight_of({}, 0) == 2);
  CHECK(in_flight_of({.in_flight = 3}, 4) == 3);
}

TEST_CASE("map_options may stand inside a co_await expression") {
  CHECK(std::is_trivially_destructible_v<map_options>);
}
