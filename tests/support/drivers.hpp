// SPDX-License-Identifier: MIT
// Runs the body of a test once for each driver that was built and that this system allows.
#pragma once

#include "tests/support/raw_driver.hpp"

#ifdef TRIDEM_HAS_ASIO
#include "io/asio/driver.hpp"
#endif
#ifdef TRIDEM_HAS_URING
#include "io/uring/driver.hpp"
#include "tests/support/faulty_driver.hpp"
#endif

#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace tridem::test {

/// Whether TRIDEM_DRIVER leaves `name` in.
inline bool is_wanted(std::string_view name) {
#ifdef TRIDEM_HAS_URING
  if (is_ring_changed()) return name == "uring";
#endif
  const char* only = std::getenv("TRIDEM_DRIVER");
  return only == nullptr || *only == '\0' || name == only;
}

#ifdef TRIDEM_HAS_URING
/// A driver over io_uring, the one that the environment asks for; null where the system forbids it
/// (the suite runs under such a system too).
inline std::unique_ptr<driver> try_uring_driver() {
  try {
    return make_uring_driver_under_test();
  } catch (const std::system_error& error) {
    const int cause = error.code().value();
    REQUIRE_MESSAGE((cause == EPERM || cause == ENOSYS || cause == ENOMEM), error.what());
    static bool said = false;
    if (!std::exchange(said, true)) MESSAGE("io_uring is not allowed here: tested without it");
    return nullptr;
  }
}
#endif

/// Calls `body(raw_driver&)` as one doctest subcase for each driver.
template <class Body>
void for_each_driver(Body body) {
#ifdef TRIDEM_HAS_URING
  if (is_wanted("uring")) {
    SUBCASE("uring") {
      if (const std::unique_ptr<driver> made = try_uring_driver()) {
        raw_driver io(*made);
        body(io);
      }
    }
  }
#endif
#ifdef TRIDEM_HAS_ASIO
  if (is_wanted("asio")) {
    SUBCASE("asio") {
      const std::unique_ptr<driver> made = make_asio_driver();
      raw_driver io(*made);
      body(io);
    }
  }
#endif
}

}  // namespace tridem::test
