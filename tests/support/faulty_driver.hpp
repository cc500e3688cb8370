// SPDX-License-Identifier: MIT
// The io_uring driver over a ring that fails on purpose.
#pragma once

#include "io/uring/ring.hpp"
#include "tests/support/fault_plan.hpp"

#include <tridem/runtime/driver.hpp>

#include <memory>

namespace tridem::test {

/// Errors: those of make_uring_driver.
[[nodiscard]] std::unique_ptr<driver> make_faulty_driver(const fault_plan& plan,
                                                         uring::ring_size size = {16, 32});

}  // namespace tridem::test
