// SPDX-License-Identifier: MIT
// Supplies the driver of run() in the tests of `runtime`, which link no floor above.
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/run.hpp>

namespace tridem::detail {

std::unique_ptr<driver> make_driver(const run_options&) {
  return std::make_unique<test::virtual_driver>();
}

}  // namespace tridem::detail
