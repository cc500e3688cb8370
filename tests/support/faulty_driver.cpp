// SPDX-License-Identifier: MIT
// The same code as io/uring/driver.cpp over another ring; and what run() gets in a test program
// that was told to let things go wrong (TRIDEM_TEST_FAULTS=<seed>).
#ifdef TRIDEM_HAS_URING
#include "tests/support/faulty_driver.hpp"

#include "io/uring/basic_driver_set_up.hpp"
#include "io/uring/basic_driver_turn.hpp"
#include "io/uring/driver.hpp"
#include "tests/support/faulty_ring.hpp"

#include <tridem/io/choose_driver.hpp>
#include <tridem/runtime/run.hpp>

namespace tridem {

std::unique_ptr<driver> test::make_faulty_driver(const fault_plan& plan, uring::ring_size size) {
  // Whether doorbells are futexes shows only once a real driver was made.
  static const bool known = make_uring_driver({4, 8}) != nullptr;
  static_cast<void>(known);
  return std::make_unique<uring::basic_driver<faulty_ring>>(run_options().spin, size, plan);
}

// In the place of io/make_driver.cpp.
std::unique_ptr<driver> detail::make_driver(const run_options& options) {
  const auto plan = test::fault_plan::of_environment();
  if (plan && options.driver == driver_choice::automatic) return test::make_faulty_driver(*plan);
  return choose_driver(options.driver, options.queue_depth, options.spin);
}

}  // namespace tridem
#endif
