// SPDX-License-Identifier: MIT
// The io_uring driver over a ring that fails on purpose, or over one that is too small.
#pragma once

#include "io/uring/ring.hpp"
#include "tests/support/fault_plan.hpp"

#include <tridem/runtime/driver.hpp>

#include <memory>

namespace tridem::test {

/// Errors: those of make_uring_driver.
[[nodiscard]] std::unique_ptr<driver> make_faulty_driver(const fault_plan& plan,
                                                         uring::ring_size size = {16, 32});

/// Whether the environment asks for a particular ring: TRIDEM_TEST_FAULTS=<seed>,
/// TRIDEM_TEST_RING=<submissions>/<completions>, or both. Other drivers are then left out.
[[nodiscard]] bool is_ring_changed() noexcept;

/// The io_uring driver that tests are to be run on: the usual one, or that of the environment.
/// Errors: those of make_uring_driver.
[[nodiscard]] std::unique_ptr<driver> make_uring_driver_under_test();

}  // namespace tridem::test
